import { expect, test } from "vitest";
import { note, type OnNotice } from "../../../src/content/notice.ts";
import { type LoadEvent, tellNotices } from "../../../src/transfer/report/events.ts";
import { NoticeLog } from "../../../src/transfer/report/notice-log.ts";
import { tellTogether } from "../../../src/transfer/report/tell-together.ts";

const odd = { severity: "warning", subject: "a:1", text: "odd" } as const;
const synced = { type: "synced", name: "a:1", title: "a:1", outcome: "pushed" } as const;

function textsOf(events: readonly LoadEvent[]): string[] {
  return events.map((event) => (event.type === "warning" ? event.warning.text : event.type));
}

test("what is odd of images is told when the work is done, all else at once", async () => {
  const told: LoadEvent[] = [];
  const during = await tellTogether(
    (event) => void told.push(event),
    async (onEvent) => {
      tellNotices(onEvent)(odd);
      tellNotices(onEvent)(note("waiting"));
      onEvent(synced);
      return [...told];
    },
  );
  expect([textsOf(during), textsOf(told)]).toEqual([
    ["waiting", "synced"],
    ["waiting", "synced", "odd"],
  ]);
});

test("what is odd of images is told also where the work fails, and after it is done", async () => {
  const told: LoadEvent[] = [];
  const late: OnNotice[] = [];
  const work = tellTogether(
    (event) => void told.push(event),
    async (onEvent) => {
      late.push(tellNotices(onEvent));
      tellNotices(onEvent)(odd);
      throw new Error("failed");
    },
  );
  await expect(work).rejects.toThrow("failed");
  for (const tell of late) tell({ ...odd, text: "late" });
  expect(textsOf(told)).toEqual(["odd", "late"]);
});

test("a run's notice is told once and kept once, however often it is found", async () => {
  const told: LoadEvent[] = [];
  const log = new NoticeLog((event) => void told.push(event));
  log.add(odd, odd);
  await log.together(async () => log.add(odd, { ...odd, subject: "b:1" }));
  expect([textsOf(told), log.notices.map(({ subject }) => subject)]).toEqual([
    ["odd", "odd"],
    ["a:1", "b:1"],
  ]);
});
