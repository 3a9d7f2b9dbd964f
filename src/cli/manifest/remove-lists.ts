import { shown } from "../output/shown.ts";
import { exitCodes } from "../../oci/airgap-error.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Terminal } from "../terminal.ts";
import { LocalLists } from "./local-lists.ts";
import { noSuchList } from "./manifest-error.ts";

/** Forgets lists that are not pushed yet; those that are not there are reported, after all others are gone. */
export async function removeLists(lists: readonly string[], { env, stderr }: Terminal): Promise<number> {
  const local = new LocalLists(env);
  let missing = 0;
  for (const list of lists.map(parseReference)) {
    if (await local.remove(list)) continue;
    stderr.write(shown(`${noSuchList(list).message}\n`));
    missing++;
  }
  return missing ? exitCodes.partial : exitCodes.done;
}
