import type { LayerBlob } from "../content/image-source.ts";
import type { CompressedForm, FileEntry } from "./archive-index.ts";
import { compressToSpool } from "./compress-to-spool.ts";
import { openCompressed, openEntry } from "./reopen.ts";
import type { ScanSettings } from "./scan-options.ts";
import type { Spool } from "./spool.ts";

/**
 * Gives what to push for plain layers. What the scan has not compressed, as in a plain tar, is compressed into the spool
 * when it is first asked for, once however many ask.
 */
export class LayerCompressor {
  readonly #spool: Spool;
  readonly #settings: Pick<ScanSettings, "layerCompression" | "compressionLevel">;
  readonly #forms = new Map<FileEntry, Promise<CompressedForm>>();

  constructor(spool: Spool, settings: Pick<ScanSettings, "layerCompression" | "compressionLevel">) {
    this.#spool = spool;
    this.#settings = settings;
  }

  /** Throws `DISK_FULL`, `TEMP_DIR_UNUSABLE`, `ZSTD_UNSUPPORTED`, and what reading the archive again does. */
  async compress(entry: FileEntry, signal?: AbortSignal): Promise<LayerBlob> {
    const { layerCompression: compression, compressionLevel: level } = this.#settings;
    if (compression === "none") {
      return { digest: entry.digest, size: entry.size, compression, open: openEntry(entry) };
    }
    const form = entry.compressed ?? (await this.#once(entry, { compression, level }, signal));
    return {
      digest: form.digest,
      size: form.size,
      compression: form.compression,
      open: openCompressed(form),
    };
  }

  /** Gives back the room of an entry's temp files; it cannot be opened again afterwards. */
  async release(entry: FileEntry): Promise<void> {
    const form = entry.compressed ?? (await this.#forms.get(entry)?.catch(() => undefined));
    this.#forms.delete(entry);
    if (entry.reopen.from === "spool") await this.#spool.remove(entry.reopen.path);
    if (form?.from.kind === "spool") await this.#spool.remove(form.from.path);
  }

  #once(
    entry: FileEntry,
    options: Parameters<typeof compressToSpool>[3],
    signal: AbortSignal | undefined,
  ): Promise<CompressedForm> {
    const known = this.#forms.get(entry);
    if (known) return known;
    const form = compressToSpool(openEntry(entry)(signal), entry.size, this.#spool.directory, options);
    this.#forms.set(entry, form);
    // Another may try again where this one was given up.
    form.catch(() => this.#forms.delete(entry));
    return form;
  }
}
