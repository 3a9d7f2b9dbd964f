import { exitCodes } from "../../oci/airgap-error.ts";
import { parseReference } from "../../oci/reference.ts";
import type { JsonFlag } from "../output/json/json-option.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import type { Terminal } from "../terminal.ts";
import { draftsToJson, type ToldDraft } from "./draft-json.ts";
import { LocalLists } from "./local-lists.ts";
import { noSuchList } from "./manifest-error.ts";

/** Forgets lists that are not pushed yet; those that are not there are reported, after all others are gone. */
export async function removeLists(
  lists: readonly string[],
  { json }: JsonFlag,
  terminal: Terminal,
): Promise<number> {
  const { env, stderr } = terminal;
  const local = new LocalLists(env);
  const removed: ToldDraft[] = [];
  for (const list of lists.map(parseReference)) {
    if (await local.remove(list)) removed.push({ list, outcome: "removed" });
    else removed.push({ list, outcome: "failed", error: noSuchList(list) });
  }
  for (const { error } of removed) if (error) stderr.write(shown(`${error.message}\n`));
  if (json) writeJson(terminal, draftsToJson("manifest rm", removed));
  return removed.some(({ error }) => error) ? exitCodes.partial : exitCodes.done;
}
