import type { MakeSha256 } from "../../oci/digest.ts";
import type { LayerCompression } from "../../oci/media-type.ts";

/** What a scan needs to know; plain data but for what a thread keeps to itself. */
export interface ScanOptions extends ScanSettings {
  /** Told of every piece of input: bytes read so far, of how many where that is known. */
  readonly onProgress?: ((read: number, total: number | undefined) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default: Node's own. */
  readonly makeSha256?: MakeSha256 | undefined;
}

export interface ScanSettings {
  /** For messages: the file as it was given. */
  readonly title: string;
  /** Where a spool keeps its files; made only if there are any. */
  readonly spoolDirectory: string;
  /** What plain layers are to become; where the archive is plain itself, they are left for later. */
  readonly layerCompression: LayerCompression;
  readonly compressionLevel?: number | undefined;
  /** Bytes that an entry, and what is compressed in it, may have. Default 64 GiB. */
  readonly maxLayerSize?: number | undefined;
  /** Bytes that its compressed parts may unpack to whatever its size. Default 64 GiB. */
  readonly maxInflated?: number | undefined;
  /** Bytes that compressed archives inside it may unpack to whatever its size. Default 1 GiB. */
  readonly maxNested?: number | undefined;
}

export const defaultMaxLayerSize: number = 64 * 1024 ** 3;
