import type { LayerCompression } from "../../oci/media-type.ts";
import pLimit from "p-limit";
import type { LayerBlob, LayerBlobOptions } from "../../content/image-source.ts";
import type { Opener } from "../../content/repository.ts";
import type { Digest } from "../../oci/digest.ts";
import type { CompressedForm, FileEntry } from "../index/archive-index.ts";
import type { EntryAccess } from "./archive-layer.ts";
import { compressToSpool, expectedRatio } from "../spool/compress-to-spool.ts";
import { openCompressed, readEntryOnce } from "../index/reopen.ts";
import type { ScannedAgain } from "../index/scanned-again.ts";
import type { Spool } from "../spool/spool.ts";
import { type RoomShare, SpoolRoom } from "../spool/spool-room.ts";

export interface LayerFormsOptions {
  readonly spool: Spool;
  /** What plain layers that the scan has not compressed are to become. */
  readonly layerCompression: LayerCompression;
  readonly compressionLevel?: number | undefined;
  /** Gives the bytes of the archive's entries. */
  readonly bytes: ScannedAgain;
}

/** One large layer keeps all cores busy, small ones do not; the sooner one is done, the sooner it is sent. */
const compressing = pLimit(2);
/** What is made once more is asked for by a sender, for which one of the others may be waiting. */
const compressingAgain = pLimit(2);

/** What is being compressed, or waits to be sent: bounds temp disk (issue 20). */
const room = new SpoolRoom(48 * 1024 * 1024);

/** A form that is made here, what it takes of the room, and how many will say when they have sent it. */
interface Made {
  readonly form: Promise<CompressedForm>;
  readonly share: RoomShare | undefined;
  users: number;
}

/** The forms in which an archive's layers go up: their own, cut or compressed by the scan, or compressed when asked for. */
export class LayerForms implements EntryAccess {
  readonly #options: LayerFormsOptions;
  /** By the plain layer's digest: images share layers, and old writers store one several times. */
  readonly #made = new Map<Digest, Made>();
  /** Made before, and let go of: what was known of them holds, since their bytes depend on the layer alone. */
  readonly #released = new Map<Digest, CompressedForm>();

  constructor(options: LayerFormsOptions) {
    this.#options = options;
  }

  open(entry: FileEntry): Opener {
    return this.#options.bytes.open(entry);
  }

  async compress(entry: FileEntry, { signal, releases = false }: LayerBlobOptions = {}): Promise<LayerBlob> {
    const { digest, size, compressed } = entry;
    const { layerCompression, bytes } = this.#options;
    if (layerCompression === "none") return { digest, size, compression: "none", open: bytes.open(entry) };
    if (compressed) return describe(compressed, bytes.openCompressed(entry));
    const order = { entry, compression: layerCompression, releases };
    const open: Opener = (...reading) => this.#open({ ...order, releases: false }, ...reading);
    const released = this.#released.get(digest);
    if (released) return describe(released, open);
    const made = this.#make(order, signal);
    made.users += releases ? 1 : 0;
    return {
      ...describe(await made.form, open),
      ...(releases ? { release: () => this.#release(entry, made) } : {}),
    };
  }

  /** Removes the temp files of an entry that nobody will ask for any more. */
  async discard(entry: FileEntry): Promise<void> {
    const made = this.#made.get(entry.digest);
    if (made) await this.#drop(entry.digest, made);
    const ready = await this.#options.bytes.findReady(entry);
    await this.#remove(ready?.compressed);
    if (ready?.reopen.from === "spool") await this.#options.spool.remove(ready.reopen.path);
  }

  /** Lets go of a form when all who wanted to send it have. */
  async #release(entry: FileEntry, made: Made): Promise<void> {
    made.users -= 1;
    if (made.users === 0 && this.#made.get(entry.digest) === made) await this.#drop(entry.digest, made);
  }

  async #drop(digest: Digest, { form, share }: Made): Promise<void> {
    this.#made.delete(digest);
    const made = await form.catch(() => undefined);
    if (!made) return;
    this.#released.set(digest, made);
    await this.#remove(made);
    share?.give();
  }

  async #remove(form: CompressedForm | undefined): Promise<void> {
    if (form?.from.kind === "spool") await this.#options.spool.remove(form.from.path);
  }

  async *#open(order: Order, ...reading: Parameters<Opener>): AsyncGenerator<Uint8Array> {
    yield* openCompressed(await this.#make(order, reading[0]).form)(...reading);
  }

  /** Compresses a layer once; a failure is forgotten, so that it can be tried again. */
  #make(order: Order, signal: AbortSignal | undefined): Made {
    const { digest } = order.entry;
    const known = this.#made.get(digest);
    if (known) return known;
    const share = order.releases ? room.begin(order.entry.size * expectedRatio) : undefined;
    const made = { form: this.#compress(order, share, signal), share, users: 0 };
    this.#made.set(digest, made);
    made.form.catch(() => {
      this.#made.delete(digest);
      share?.give();
    });
    return made;
  }

  async #compress(
    { entry, compression }: Order,
    share: RoomShare | undefined,
    signal: AbortSignal | undefined,
  ): Promise<CompressedForm> {
    const { spool, bytes, compressionLevel: level } = this.#options;
    const limit = share ? compressing : compressingAgain;
    const form = await limit(async () =>
      compressToSpool(
        readEntryOnce(await bytes.find(entry), signal),
        entry.size,
        spool.directory,
        { compression, level },
        share,
      ),
    );
    share?.settle();
    return form;
  }
}

interface Order {
  readonly entry: FileEntry;
  readonly compression: "gzip" | "zstd";
  /** Whether its room is given back as soon as it is sent. */
  readonly releases: boolean;
}

function describe({ digest, size, compression }: CompressedForm, open: Opener): LayerBlob {
  return { digest, size, compression, open };
}
