import type { LayerContents } from "../content/image-source.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import { digestOf } from "../oci/digest.ts";
import { sniff, sniffSize } from "../stream/sniff.ts";
import { loadZstd } from "../stream/zstd-decoder.ts";
import { maxTableRoom } from "./layer-reader.ts";
import { LayerScan } from "./layer-scan.ts";

const maxLayerSize = 64 * 1024 ** 3;

/** Reads the tar headers of a layer blob, plain, gzip or zstd, as it streams by; throws `ARCHIVE_DAMAGED`. */
export async function inspectLayer(blob: AsyncIterable<Uint8Array>): Promise<LayerContents> {
  const context = { createZstdDecoder: await loadZstd(), room: { left: maxTableRoom }, maxLayerSize };
  let scan: LayerScan | undefined;
  let head = Buffer.alloc(0);
  const start = (): LayerScan => {
    const format = sniff(head);
    scan = new LayerScan(format === "gzip" || format === "zstd" ? format : "tar", context);
    scan.push(head);
    return scan;
  };
  for await (const chunk of blob) {
    if (scan) scan.push(chunk);
    else if ((head = Buffer.concat([head, chunk])).length >= sniffSize) start();
  }
  const { layer, damage } = (scan ?? start()).end(digestOf(""));
  if (layer) return layer.contents;
  throw new AirgapError("ARCHIVE_DAMAGED", `Cannot read a layer: ${damage}`);
}
