import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";
import { AirgapError } from "../oci/airgap-error.ts";

export interface CompressionOptions {
  readonly compression: "gzip" | "zstd";
  /** Default: the encoder's own. */
  readonly level?: number | undefined;
}

/**
 * Compresses a stream; the chunks that are pushed in are not to be changed afterwards, those that come out belong to the
 * caller. Throws `ZSTD_UNSUPPORTED` on a Node without it, and what the source throws.
 */
export async function* compressChunks(
  chunks: AsyncIterable<Uint8Array>,
  { compression, level }: CompressionOptions,
): AsyncGenerator<Uint8Array> {
  const encoder = compression === "gzip" ? createGzip(level) : createZstd(level);
  const flow = pipeline(Readable.from(chunks, { objectMode: false }), encoder);
  flow.catch(() => undefined);
  for await (const chunk of encoder) yield chunk as Uint8Array;
  await flow;
}

const chunkSize = 256 * 1024;

function createGzip(level: number | undefined): Transform {
  return zlib.createGzip({ level: level ?? 6, chunkSize });
}

/** Node has it from 22.15 on. */
function createZstd(level: number | undefined): Transform {
  const create: unknown = Reflect.get(zlib, "createZstdCompress");
  if (typeof create !== "function") {
    throw new AirgapError(
      "ZSTD_UNSUPPORTED",
      `Cannot compress layers with zstd: Node ${process.version} has no encoder`,
      {
        exit: "usage",
        hint: "Run on Node 22.15 or newer, or use --layer-compression gzip.",
      },
    );
  }
  const levelKey: unknown = Reflect.get(zlib.constants, "ZSTD_c_compressionLevel");
  return create({ chunkSize, params: { [Number(levelKey)]: level ?? 3 } }) as Transform;
}
