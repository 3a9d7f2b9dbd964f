import type { JsonFlag } from "../output/json/json-option.ts";
import { exitCodes } from "../../oci/airgap-error.ts";
import { parseRenameRule } from "../../transfer/plan/name-target.ts";
import { tidyRepositories } from "../../transfer/prune/tidy-repositories.ts";
import { checkStandardInput } from "../options/image-list-option.ts";
import type { NamingFlags } from "../options/load-flags.ts";
import { type Destination, readDestination } from "../options/load-request.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import { type CommandContext, type ProgressFlags, withProgress } from "../progress/progress-options.ts";
import { openRegistryStore } from "../registries/open-registry-store.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { findRepositories, readPlace, type RepositoriesFlag } from "./find-repositories.ts";
import { findUnmatched, readKeepList, selectKept } from "./keep-list.ts";
import { hasFailed, tellTidied, type TidyReport } from "./tidied-report.ts";

export interface PruneFlags extends RegistryFlags, NamingFlags, RepositoriesFlag, JsonFlag, ProgressFlags {
  readonly keepList: string;
  readonly yes?: boolean;
}

/** Deletes below a path what is on no list, or tells what that would be; resolves to the exit code. */
export async function runPrune(place: string, flags: PruneFlags, terminal: Terminal): Promise<number> {
  const destination = readPlace(place);
  if (destination.prefix === "") {
    throw usageError(
      `Cannot prune all of "${place}": no path is given`,
      "Name the part that the list speaks for: HOST/PATH.",
    );
  }
  checkStandardInput({ ...flags, imageList: flags.keepList });
  const work = (context: CommandContext<PruneFlags>): Promise<TidyReport> =>
    prune(place, destination, context);
  const report = await withProgress(flags, terminal, work, flags.yes ? "deletes" : "reads");
  tellTidied(report, flags, terminal);
  return hasFailed(report.tidied) ? exitCodes.partial : exitCodes.done;
}

async function prune(
  place: string,
  destination: Destination,
  { flags, terminal, onEvent }: CommandContext<PruneFlags>,
): Promise<TidyReport> {
  const { signal } = terminal;
  const { prefix = "", keepHost = false } = flags;
  const prefixes = new Set([readDestination({ registry: place, prefix }).prefix, prefix]);
  const naming = { renames: flags.rename.map(parseRenameRule), keepHost, prefixes: [...prefixes] };
  const kept = await readKeepList(flags.keepList, destination, naming, terminal);
  const tell = tellNotices(onEvent);
  await using store = await openRegistryStore(destination.host, flags, terminal, tell);
  const repositories = await findRepositories(store, destination, flags, { onEvent, signal });
  const requests = repositories.map((repository) => ({
    repository,
    selection: { kind: "keep", references: selectKept(kept, repository.name) } as const,
  }));
  const tidied = await tidyRepositories(requests, {
    dryRun: !flags.yes,
    onEvent,
    check: (surveyed) => {
      const unmatched = findUnmatched(kept, surveyed, place);
      for (const subject of unmatched) {
        tell({ severity: "note", subject, text: "on the keep list, and not there" });
      }
    },
    signal,
  });
  return { command: "prune", registry: store.title, dryRun: !flags.yes, tidied };
}
