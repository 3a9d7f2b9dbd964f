/** Version of everything that is printed as JSON (docs/json.md); a key that is there stays. */
const version = 1;

/** The commands that print JSON. */
export type JsonCommand =
  | "load"
  | "copy"
  | "inspect"
  | "verify"
  | "save"
  | "sync"
  | "manifest create"
  | "manifest annotate"
  | "manifest inspect"
  | "manifest push"
  | "manifest rm"
  | "push-spec"
  | "inventory"
  | "ls"
  | "tags"
  | "delete"
  | "prune"
  | "serve --verify"
  | "serve --collect-garbage"
  | `${ListingCommand} --list-images`
  | "load --print-config"
  | "docs";

/** Those that take a list of images. */
export type ListingCommand = "load" | "sync" | "save" | "verify";

/** What every command has to tell a program. */
export interface ToldAll {
  /** Whether anything is another one now, or in a dry run would be. */
  readonly changed: boolean;
  /** Counts, bytes and seconds. */
  readonly totals: Readonly<Record<string, number>>;
}

/** One object, as every command prints it: which form, which command, and what that has to tell. */
export function jsonDocument(
  command: JsonCommand,
  { totals, ...told }: ToldAll & Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return { version, command, ...told, totals };
}

/** The same of a command that failed as a whole. */
export function jsonFailure(error: Record<string, unknown>): Record<string, unknown> {
  return { version, error };
}
