import { createHash } from "node:crypto";
import { AirgapError } from "../../oci/airgap-error.ts";
import { sha256Digest } from "../../oci/digest.ts";
import { sniff, sniffSize } from "../../stream/sniff.ts";
import { loadZstd } from "../../stream/zstd-decoder.ts";
import type { ScannedLayer } from "../index/archive-index.ts";
import { Inflation } from "../spool/inflation.ts";
import { createLayerScanContext, LayerScan } from "./layer-scan.ts";

/** Reads a layer blob, plain, gzip or zstd, as it streams by: its diffID and what its tar headers say. Throws `ARCHIVE_DAMAGED`. */
export async function inspectLayer(blob: AsyncIterable<Uint8Array>): Promise<ScannedLayer> {
  let size = 0;
  const inflation = new Inflation(() => size);
  const context = createLayerScanContext(await loadZstd(), inflation, {});
  const hash = createHash("sha256");
  let scan: LayerScan | undefined;
  let head = Buffer.alloc(0);
  const start = (): LayerScan => {
    const format = sniff(head);
    scan = new LayerScan(format === "gzip" || format === "zstd" ? format : "tar", 0, context);
    scan.push(head);
    return scan;
  };
  for await (const chunk of blob) {
    hash.update(chunk);
    size += chunk.length;
    if (scan) scan.push(chunk);
    else if ((head = Buffer.concat([head, chunk])).length >= sniffSize) start();
  }
  const { layer, damage } = (scan ?? start()).end(sha256Digest(hash.digest("hex")));
  if (layer) return layer;
  throw new AirgapError("ARCHIVE_DAMAGED", `Cannot read a layer: ${damage}`);
}
