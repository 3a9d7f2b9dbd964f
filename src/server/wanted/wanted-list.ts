import { describeFileError, isFileError } from "../../content/file-error.ts";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import { isPrintable } from "../../oci/printable.ts";

/** An image that somebody asked for and did not get. */
export interface Wanted {
  /** In full, as `save --image-list` reads it: `docker.io/library/busybox:1.36`. */
  readonly name: string;
  readonly count: number;
  readonly first: Date;
  readonly last: Date;
}

/** More names than any site runs; whatever strangers ask for, the file stays small. */
const maxNames = 1000;
/** The file is written once so many milliseconds after something new. */
const writeDelay = 1000;

/**
 * The images that were asked for and are not there, in a file that is an image list: what to fetch outside. What the file
 * says already is kept, so that it outlives a restart.
 */
export class WantedList implements AsyncDisposable {
  readonly #path: string;
  readonly #wanted: Map<string, Wanted>;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** Throws `USAGE` where the file cannot be read or written. */
  static async open(path: string): Promise<WantedList> {
    try {
      const list = new WantedList(path, parseWanted(await readIfThere(path)));
      await list.#write();
      return list;
    } catch (cause) {
      throw new AirgapError("USAGE", `Cannot write --wanted "${path}": ${describeFileError(cause)}`, {
        exit: "cannotCreate",
        cause,
      });
    }
  }

  private constructor(path: string, wanted: readonly Wanted[]) {
    this.#path = path;
    this.#wanted = new Map(wanted.map((each) => [each.name, each]));
  }

  /** What was asked for most recently comes last. */
  list(): readonly Wanted[] {
    return [...this.#wanted.values()];
  }

  add(name: string, now: Date = new Date()): void {
    const known = this.#wanted.get(name);
    this.#wanted.delete(name);
    this.#wanted.set(name, {
      name,
      count: (known?.count ?? 0) + 1,
      first: known?.first ?? now,
      last: now,
    });
    const [oldest] = this.#wanted.keys();
    if (this.#wanted.size > maxNames && oldest !== undefined) this.#wanted.delete(oldest);
    this.#writeSoon();
  }

  /** Takes an image off that is there now, whichever registry it was asked for as a mirror of. */
  remove(name: string): void {
    const path = name.slice(name.indexOf("/"));
    for (const known of this.#wanted.keys()) {
      if (known.slice(known.indexOf("/")) === path) this.#wanted.delete(known);
    }
    this.#writeSoon();
  }

  #writeSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#write().catch(() => {});
    }, writeDelay).unref();
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const writing = this.#writing.then(async () => {
      const unfinished = `${this.#path}.part`;
      try {
        await writeFile(unfinished, formatWanted(this.list()));
        await rename(unfinished, this.#path);
      } finally {
        await rm(unfinished, { force: true });
      }
    });
    this.#writing = writing.catch(() => {});
    return writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#timer ? this.#write() : this.#writing);
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isFileError(error, "ENOENT")) return "";
    throw error;
  }
}

const title = "# Asked for and not there: airgap-load save --image-list fetches them";

function formatWanted(wanted: readonly Wanted[]): string {
  const entries = wanted.map(
    ({ name, count, first, last }) =>
      `# ${count} times, first ${first.toISOString()}, last ${last.toISOString()}\n${name}\n`,
  );
  return `${title}\n${entries.join("")}`;
}

function parseWanted(text: string): readonly Wanted[] {
  const wanted: Wanted[] = [];
  let note: RegExpExecArray | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("#")) note = /^# (\d{1,9}) times, first (\S+), last (\S+)$/.exec(line);
    else if (line !== "" && isPrintable(line)) {
      const [count, first, last] = [Number(note?.[1] ?? 0), readDate(note?.[2]), readDate(note?.[3])];
      wanted.push({ name: line, count, first, last });
      note = null;
    }
  }
  return wanted.slice(-maxNames);
}

function readDate(text: string | undefined): Date {
  const date = new Date(text ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? new Date() : date;
}
