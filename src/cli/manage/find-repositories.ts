import { didYouMean } from "../output/did-you-mean.ts";
import type { ManagedRepository, ManagedStore } from "../../content/repository.ts";
import { printable } from "../../oci/printable.ts";
import { isRepository } from "../../oci/reference.ts";
import type { OnEvent } from "../../transfer/report/events.ts";
import { readLines } from "../files/read-lines.ts";
import { type Destination, readDestination } from "../options/load-request.ts";
import { usageError } from "../usage-error.ts";

/** Names repositories where a registry does not. */
export interface RepositoriesFlag {
  readonly repositories?: string;
}

/** `HOST[:PORT][/PATH]`, read. */
export function readPlace(place: string): Destination {
  return readDestination({ registry: place });
}

/** Whether a repository is at a path or below it; every one is where there is no path. */
function isBelow(repository: string, path: string): boolean {
  return path === "" || repository === path || repository.startsWith(`${path}/`);
}

/**
 * The repositories at a place and below it: those that a file names, else those that the registry tells, else the place itself.
 * Throws `USAGE` where nobody names one, and for a name that is not below the place.
 */
export async function findRepositories(
  store: ManagedStore,
  { host, prefix: path }: Destination,
  { repositories: file }: RepositoriesFlag,
  { onEvent, signal }: { readonly onEvent: OnEvent; readonly signal: AbortSignal },
): Promise<ManagedRepository[]> {
  const named = file === undefined ? undefined : await readRepositories(file, { host, prefix: path });
  const asking = { type: "progress", activity: "looking up", title: "repositories" } as const;
  onEvent(asking);
  const told = named ?? (await store.listRepositories(signal));
  onEvent({ ...asking, isOver: true });
  if (!told && path === "") {
    throw usageError(
      `Cannot list the repositories of "${host}": the registry does not tell them`,
      "Name one, as in HOST/PATH, or give a file with their names: --repositories FILE.",
    );
  }
  const found = (told ?? []).filter((name) => isBelow(name, path));
  const names = found.length === 0 && path !== "" ? [path] : found;
  return names.map((name) => store.repository(name));
}

/** `Did you mean rancher/pause? ` where there is no repository of a name, and the registry tells of one with nearly that. */
export async function askForRepository(
  store: ManagedStore,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  return didYouMean(name, (await store.listRepositories(signal)) ?? []);
}

async function readRepositories(file: string, { host, prefix: path }: Destination): Promise<string[]> {
  const bareHost = host.replace(/^https?:\/\//, "");
  const names = (await readLines(file)).map((line) =>
    line.startsWith(`${bareHost}/`) ? line.slice(bareHost.length + 1) : line,
  );
  if (names.length === 0) throw usageError(`Cannot begin: --repositories "${file}" names none`);
  const odd = names.find((name) => !isRepository(name) || !isBelow(name, path));
  if (odd === undefined) return [...new Set(names)];
  throw usageError(
    `Cannot use "${printable(odd)}" of --repositories: want repositories ${path === "" ? "by their paths" : `below "${path}"`}`,
    "One a line, such as rancher/pause.",
  );
}
