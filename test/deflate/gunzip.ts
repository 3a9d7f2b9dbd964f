import { GzipSplicer } from "../../src/deflate/splice/gzip-splicer.ts";
import { createReader } from "./splice-entries.ts";

/** All that a splicer reads from a gzip stream. */
export function gunzip(gzip: Buffer, chunkSize = gzip.length || 1, limit = 65_536): Buffer {
  const read = createReader(new GzipSplicer(), gzip, chunkSize);
  const parts: Buffer[] = [];
  for (;;) {
    const bytes = read(limit);
    if (bytes === "end") return Buffer.concat(parts);
    parts.push(Buffer.from(bytes));
  }
}
