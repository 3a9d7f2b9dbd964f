import type { Notice } from "../../content/notice.ts";
import { describeNotices } from "../../transfer/report/describe-notices.ts";
import type { Terminal } from "../terminal.ts";
import { createColouring } from "./colour.ts";
import { shown } from "./shown.ts";

/** Tells something at once, where no command is at work yet that would tell it by an event. */
export function tellAtOnce(notice: Notice, { stderr, env, notices }: Terminal): void {
  notices.add(notice);
  const colour = createColouring({ isTTY: stderr.isTTY, env });
  for (const line of describeNotices([notice])) stderr.write(colour(shown(`${line}\n`)));
}
