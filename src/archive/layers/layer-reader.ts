import type { LayerContents, LayerRow } from "../../content/layer-contents.ts";
import { type TarEntry, TarParser } from "../tar/tar-parser.ts";
import { elfArchitecture, peArchitecture } from "./binary-architecture.ts";
import { FileHead } from "./file-head.ts";
import { LayerTree, maxTableRoom, type TableRoom } from "./layer-tree.ts";

/** As much of a script's first line as the kernel looks at (linux, binfmts.h). */
const maxScriptLine = 256;

/**
 * Follows the headers of a layer's tar, pushed in chunks of any size, and tells what it does to the layers below it: its
 * programs and links, and what it hides (decision 3).
 */
export class LayerReader {
  readonly #parser: TarParser;
  readonly #tree: LayerTree;
  readonly #head = new FileHead();
  /** Of the file whose head is being collected. */
  #file: { readonly path: string; readonly isExecutable: boolean } | undefined;

  constructor(room: TableRoom = { left: maxTableRoom }) {
    this.#tree = new LayerTree(room);
    this.#parser = new TarParser(
      {
        onEntry: (entry) => this.#beginEntry(entry),
        onData: (bytes) => this.#file && this.#head.push(bytes),
        onEntryEnd: () => this.#endEntry(),
      },
      { ignoreTrailing: true },
    );
  }

  /** Throws `ARCHIVE_DAMAGED`. */
  push(bytes: Uint8Array): void {
    this.#parser.push(bytes);
  }

  /** What was found, once all was pushed; throws `ARCHIVE_DAMAGED` where the tar is cut off. */
  end(): LayerContents {
    this.#parser.end();
    return this.#tree.pack();
  }

  #beginEntry(entry: TarEntry): void {
    const path = this.#tree.place(entry.name);
    if (path === undefined) return;
    if (entry.type === "file") {
      this.#file = { path, isExecutable: entry.isExecutable };
      this.#head.begin(entry);
    } else if (entry.type === "directory") this.#tree.addDirectory(path);
    else if (entry.type === "hardlink") this.#tree.addHardLink(path, entry.linkTarget);
    else if (entry.type === "symlink" && !entry.linkTarget.includes("\0")) {
      this.#tree.addFile(path, { kind: "link", path, target: entry.linkTarget });
    } else this.#tree.addFile(path, undefined);
  }

  #endEntry(): void {
    const file = this.#file;
    if (!file) return;
    this.#file = undefined;
    this.#tree.addFile(file.path, describeFile(file.path, file.isExecutable, this.#head.end()));
  }
}

function describeFile(path: string, isExecutable: boolean, head: Uint8Array): LayerRow | undefined {
  const architecture = architectureOf(path, head);
  if (architecture !== undefined) return { kind: "binary", path, architecture, isExecutable };
  if (!isExecutable) return undefined;
  const interpreter = interpreterOf(head);
  return interpreter === undefined ? { kind: "program", path } : { kind: "script", path, interpreter };
}

/** Windows layers keep their root under `Files`; a PE file elsewhere is cargo, such as Python's launchers for Windows. */
function architectureOf(path: string, head: Uint8Array): string | undefined {
  return path.startsWith("Files/") ? peArchitecture(head) : elfArchitecture(head);
}

function interpreterOf(head: Uint8Array): string | undefined {
  const line = Buffer.from(head.subarray(0, maxScriptLine)).toString("utf8");
  return /^#![ \t]*([^ \t\n\0]+)/.exec(line)?.[1];
}
