import { AirgapError } from "../../oci/airgap-error.ts";
import type { Format } from "../../stream/sniff.ts";
import { describeText, type FormatRefusal } from "./describe-text.ts";

const join = "If it is one part of a split archive, join the parts: cat FILE.* | airgap-load --arm64 -";
const again = "Download it again, signed in where that is needed, and look at its first lines.";

const refusals = new Map<Format, FormatRefusal>([
  ["empty", { what: "empty", hint: "Copy or download it again." }],
  ["html", { what: "a web page, most likely of an error or a sign-in", hint: again }],
  ["lfs", { what: "a Git LFS pointer, not the file it stands for", hint: "Get the file with git lfs pull." }],
  ["zip", { what: "a zip file", hint: "Unzip it and load the folder: unzip FILE -d FOLDER." }],
  ["json", { what: "JSON", hint: "Give the archive that docker save or an exporter writes." }],
  ["bzip2", convert("bzip2", "bzip2 -dc")],
  ["lz4", convert("lz4", "lz4 -dc")],
  ["zstd", convert("zstd", "zstd -dc")],
  ["xz", convert("xz", "xz -dc")],
  ["gzip", convert("gzip", "gzip -dc")],
]);

function convert(name: string, command: string): FormatRefusal {
  return {
    what: `compressed with ${name}, which is not read here`,
    hint: `Decompress it first: ${command} FILE | airgap-load --arm64 -`,
  };
}

const hangar: FormatRefusal = {
  what: "a zip file of Hangar, which is not read here",
  hint: "Let Hangar load it: hangar load --source FILE --destination REGISTRY.",
};

/** Its first entry is the folder of an image, by digest, or of the blobs that all share (hangar, pkg/hangar/archive). */
function isHangar(head: Uint8Array): boolean {
  return /^(?:[0-9a-f]{64}|share)\//.test(Buffer.from(head.subarray(30)).toString("latin1"));
}

/**
 * What is said of a file that is no tar, nor what is inside its compression, if it has one; `head` are the first bytes of
 * what was looked at.
 */
export function refuseFormat(format: Format, head: Uint8Array, outer?: Format): AirgapError {
  const text = format === "other" ? describeText(head) : undefined;
  const own = format === "zip" && isHangar(head) ? hangar : text;
  const { what, hint } = own ??
    refusals.get(format) ?? { what: "neither a tar nor a compressed tar", hint: join };
  const isOutermost = outer === undefined || outer === "tar";
  const message = isOutermost ? `it is ${what}` : `what ${outer} compresses in it is ${what}`;
  return new AirgapError("ARCHIVE_UNSUPPORTED", `Cannot read archive: ${message}`, {
    hint: isOutermost || format === "other" ? hint : peel(outer),
  });
}

/** The outer compression comes off first; what is inside may be read then. */
function peel(outer: Format): string {
  return `Take the outer compression off first: ${outer} -dc FILE | airgap-load --arm64 -`;
}
