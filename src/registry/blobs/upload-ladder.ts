import type { Vendor } from "../refusal/vendor.ts";

/** How a blob's bytes are sent: with one PUT, with one PATCH and an empty PUT, or with a PATCH per chunk. */
export type UploadForm =
  | { readonly kind: "put" }
  | { readonly kind: "patch" }
  | { readonly kind: "chunks"; readonly size: number };

const kib = 1024;
const mib = 1024 * kib;
/** The last one fits below nginx's usual limit of 1 MiB. */
const chunkSizes = [32 * mib, 8 * mib, 4 * mib, 900 * kib];

/**
 * Which form one registry takes, learned while uploading and kept for the run (registry.md 5.4). Several uploads may
 * fail at the same time for one reason: a step is only taken away from the form that failed.
 */
export class UploadLadder {
  #form: UploadForm;
  #proven = false;
  readonly #chunkSizes: readonly number[];

  constructor(vendor: Vendor) {
    this.#form = { kind: vendor.firstForm ?? "put" };
    this.#chunkSizes = chunkSizes.filter((size) => suits(size, vendor.chunks));
  }

  get form(): UploadForm {
    return this.#form;
  }

  /** Whether a blob has gone up in the present form. */
  get proven(): boolean {
    return this.#proven;
  }

  prove(form: UploadForm): void {
    if (form === this.#form) this.#proven = true;
  }

  /** Goes to the next form after `failed`, which the registry does not take; false where there is none. */
  descend(failed: UploadForm): boolean {
    if (failed !== this.#form) return true;
    if (failed.kind === "put") return this.#set({ kind: "patch" });
    return failed.kind === "patch" && this.#setChunks(Infinity);
  }

  /** Goes to smaller requests after one with so many bytes was too large; false where that was the smallest. */
  shrink(failed: UploadForm, refusedSize: number): boolean {
    if (failed !== this.#form) return true;
    return this.#setChunks(failed.kind === "chunks" ? Math.min(failed.size, refusedSize) : refusedSize);
  }

  #setChunks(below: number): boolean {
    const size = this.#chunkSizes.find((candidate) => candidate < below);
    return size !== undefined && this.#set({ kind: "chunks", size });
  }

  #set(form: UploadForm): boolean {
    this.#form = form;
    this.#proven = false;
    return true;
  }
}

function suits(size: number, chunks: Vendor["chunks"] = {}): boolean {
  if (chunks === "none") return false;
  const { least = 0, most = Infinity } = chunks;
  return size >= least && size <= most;
}
