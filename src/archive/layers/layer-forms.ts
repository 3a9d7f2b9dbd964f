import type { LayerCompression } from "../../oci/media-type.ts";
import pLimit from "p-limit";
import type { LayerBlob } from "../../content/image-source.ts";
import type { Opener } from "../../content/repository.ts";
import type { Digest } from "../../oci/digest.ts";
import type { CompressedForm, FileEntry } from "../index/archive-index.ts";
import type { EntryAccess } from "./archive-layer.ts";
import { compressToSpool } from "../spool/compress-to-spool.ts";
import { openCompressed, openEntry, readEntryOnce } from "../index/reopen.ts";
import type { Spool } from "../spool/spool.ts";

export interface LayerFormsOptions {
  readonly spool: Spool;
  /** What plain layers that the scan has not compressed are to become. */
  readonly layerCompression: LayerCompression;
  readonly compressionLevel?: number | undefined;
}

/** One large layer keeps all cores busy, small ones do not. */
const compressing = pLimit(4);

/** The forms in which an archive's layers go up: their own, cut or compressed by the scan, or compressed when asked for. */
export class LayerForms implements EntryAccess {
  readonly #options: LayerFormsOptions;
  /** By the plain layer's digest: images share layers, and old writers store one several times. */
  readonly #made = new Map<Digest, Promise<CompressedForm>>();

  constructor(options: LayerFormsOptions) {
    this.#options = options;
  }

  open(entry: FileEntry): Opener {
    return openEntry(entry);
  }

  async compress(entry: FileEntry, signal?: AbortSignal): Promise<LayerBlob> {
    const { layerCompression } = this.#options;
    const form =
      entry.compressed ??
      (layerCompression === "none" ? undefined : await this.#make(entry, layerCompression, signal));
    if (!form) return { digest: entry.digest, size: entry.size, compression: "none", open: openEntry(entry) };
    const { digest, size, compression } = form;
    return { digest, size, compression, open: openCompressed(form) };
  }

  /** Removes the temp files of an entry that nobody will ask for any more. */
  async discard(entry: FileEntry): Promise<void> {
    const made = this.#made.get(entry.digest);
    this.#made.delete(entry.digest);
    const forms = [entry.compressed, await made?.catch(() => undefined)];
    const paths = forms.flatMap((form) => (form?.from.kind === "spool" ? [form.from.path] : []));
    if (entry.reopen.from === "spool") paths.push(entry.reopen.path);
    for (const path of paths) await this.#options.spool.remove(path);
  }

  /** Compresses a layer once; a failure is forgotten, so that it can be tried again. */
  #make(
    entry: FileEntry,
    compression: "gzip" | "zstd",
    signal: AbortSignal | undefined,
  ): Promise<CompressedForm> {
    const known = this.#made.get(entry.digest);
    if (known) return known;
    const { spool, compressionLevel: level } = this.#options;
    const chunks = readEntryOnce(entry, signal);
    const made = compressing(() =>
      compressToSpool(chunks, entry.size, spool.directory, { compression, level }),
    );
    this.#made.set(entry.digest, made);
    made.catch(() => this.#made.delete(entry.digest));
    return made;
  }
}
