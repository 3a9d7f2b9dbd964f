import { basename, dirname, join, resolve } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { isFirstPart, nameWhole, readSplitPart, type SplitPart } from "../../oci/split-part.ts";
import type { MinisignKey } from "../../signature/minisign.ts";
import { decodeText } from "../../content/decode-text.ts";
import { readSmallFile, splitLines } from "../files/read-lines.ts";
import { checkFileSignature } from "./checksum-signature.ts";

/** What a checksum file says of one file. */
export interface Checksum {
  /** As it is written, with slashes; undefined for a bare sum. */
  readonly name: string | undefined;
  /** Hex sha256, in lower case. */
  readonly sum: string;
  /** Of the file that says so: names are relative to its folder. */
  readonly file: string;
}

const hex = "([0-9a-f]{64})";

/** A sum and a name in one line, as programs write them, and which group is which. */
const lineForms: readonly { readonly line: RegExp; readonly sum: number; readonly name: number }[] = [
  // sha256sum
  { line: new RegExp(`^\\\\?${hex}[ \\t]+\\*?(.+)$`, "i"), sum: 1, name: 2 },
  // sha256 of BSD, sha256sum --tag, openssl dgst
  { line: new RegExp(`^SHA(?:2-)?256 ?\\((.+)\\) ?= ?${hex}$`, "i"), sum: 2, name: 1 },
  // Get-FileHash of PowerShell
  { line: new RegExp(`^SHA256 +${hex} +(.+)$`, "i"), sum: 1, name: 2 },
];

/** Lines of these programs that say nothing. */
const idle = /^(?:CertUtil:|Algorithm +Hash +Path|-{3,}[ -]+$)/i;

/**
 * What checksum files say, in the forms of sha256sum, BSD, openssl, certutil and PowerShell, or bare; where keys are given,
 * each file must be signed by one of them. Throws `CHECKSUMS_INVALID`, `SIGNATURE_MISSING` or `SIGNATURE_INVALID`.
 */
export async function readChecksums(
  paths: readonly string[],
  keys: readonly MinisignKey[] = [],
): Promise<readonly Checksum[]> {
  const sums: Checksum[] = [];
  for (const file of paths) {
    // certutil writes the name in a line of its own, before the sum.
    let above: string | undefined;
    const content = await readSmallFile(file);
    const trusted = keys.length ? await checkFileSignature(file, content, keys) : content;
    for (const line of splitLines(decodeText(trusted))) {
      const [, title] = /^SHA256 hash of (?:file )?(.+):$/i.exec(line) ?? [];
      const found = readLine(line, above);
      if (found) sums.push({ ...found, file });
      else if (title === undefined && !idle.test(line)) throw unreadable(file, line);
      above = title;
    }
  }
  return sums;
}

function readLine(line: string, above: string | undefined): Pick<Checksum, "name" | "sum"> | undefined {
  // Old certutil puts a blank between bytes.
  const bare = line.replaceAll(" ", "");
  if (/^[0-9a-f]{64}$/i.test(bare)) return { name: above && slashed(above), sum: bare.toLowerCase() };
  for (const form of lineForms) {
    const match = form.line.exec(line);
    const [sum, name] = [match?.[form.sum], match?.[form.name]];
    if (sum !== undefined && name !== undefined) return { name: slashed(name), sum: sum.toLowerCase() };
  }
  return undefined;
}

function slashed(name: string): string {
  return name.replaceAll("\\", "/");
}

function unreadable(file: string, line: string): AirgapError {
  return new AirgapError(
    "CHECKSUMS_INVALID",
    `Cannot read "${file}": want a sha256 sum in hex and a file name, got "${line.slice(0, 80)}"`,
    { hint: "Write it with sha256sum FILE..., certutil -hashfile FILE SHA256, or as sha256 of BSD does." },
  );
}

/**
 * The sum that a file must have, or `-`, as `sha256sum` calls standard input: by its path, seen from the folder of the
 * checksum file; then by the end of its path; then by its name alone. One that is not named is an error, not a pass. Of a
 * file whose first part that is, the sum of the whole, else those of all parts that are named.
 */
export function expectChecksum(
  sums: readonly Checksum[],
  path: string,
): string | Readonly<Record<string, string>> {
  const part = readSplitPart(basename(path));
  const isFirst = part !== undefined && isFirstPart(part);
  const whole = isFirst ? findSum(sums, join(dirname(path), nameWhole(part))) : undefined;
  if (whole !== undefined) return whole;
  const sum = findSum(sums, path);
  if (sum === undefined) throw cannotCheck(path, "do not name it");
  const others = part && listParts(sums, part);
  return others && Object.keys(others).length > 1 ? others : sum;
}

/** Undefined for one that is not named. */
function findSum(sums: readonly Checksum[], path: string): string | undefined {
  const found = [byPath, byEnd, byName, byFile]
    .map((matches) => sums.filter((sum) => matches(sum, path)))
    .find((matching) => matching.length > 0);
  const candidates = new Set((found ?? onlyBare(sums)).map(({ sum }) => sum));
  if (candidates.size > 1) throw cannotCheck(path, "name several files like it");
  return [...candidates][0];
}

function listParts(sums: readonly Checksum[], { stem, isLetters }: SplitPart): Record<string, string> {
  const named = sums.flatMap(({ name, sum }) => (name === undefined ? [] : [[basename(name), sum] as const]));
  const parts = named.filter(([name]) => {
    const part = readSplitPart(name);
    return part?.stem === stem && part.isLetters === isLetters;
  });
  return Object.fromEntries(parts);
}

function cannotCheck(path: string, why: string): AirgapError {
  return new AirgapError("CHECKSUM_MISSING", `Cannot check "${path}": the checksum files ${why}`, {
    hint: "Give the checksum file that came with this archive, or leave --checksums out.",
  });
}

function byPath({ name, file }: Checksum, path: string): boolean {
  return name !== undefined && path !== "-" && resolve(dirname(file), name) === resolve(path);
}

function byEnd({ name }: Checksum, path: string): boolean {
  const end = name?.replace(/^(?:\.\/)+/, "") ?? "";
  return end.includes("/") && resolve(path).endsWith(`/${end}`);
}

function byName({ name }: Checksum, path: string): boolean {
  return name !== undefined && basename(name) === basename(path);
}

/** `images.tar.sha256` is about `images.tar`. */
function byFile({ name, file }: Checksum, path: string): boolean {
  return name === undefined && basename(file).replace(/\.sha256(?:sum)?(?:\.txt)?$/i, "") === basename(path);
}

function onlyBare(sums: readonly Checksum[]): readonly Checksum[] {
  return sums.length === 1 && sums[0]?.name === undefined ? sums : [];
}
