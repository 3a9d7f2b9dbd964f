/** The name of one part of a file that was split: `haul.tar.zst.001`, `images.tar.aa`, `package.tar.zst.part000`. */
export interface SplitPart {
  /** All of the name but what counts the parts. */
  readonly stem: string;
  /** Where it stands in the count, whatever the count starts at. */
  readonly index: number;
  /** How many digits or letters the count has; unpadded numbers have 1. */
  readonly width: number;
  readonly isLetters: boolean;
}

const forms: readonly RegExp[] = [
  /^(.*\.part[-_]?)(\d{1,4})$/is,
  /^(.*\.)(\d{2,4})$/s,
  /^(.*\.(?:part[-_]?)?)((?!gz|xz|tar|tgz|txz|zst|zip|bz|sig|asc|sh|md|txt)[a-z]{2,3})$/s,
];

/** Reads a name as that of a part; undefined for one that counts nothing. Letters count only from `aa` to `zz`. */
export function readSplitPart(name: string): SplitPart | undefined {
  for (const form of forms) {
    const [, stem, count] = form.exec(name) ?? [];
    if (stem === undefined || count === undefined) continue;
    const isLetters = !/^\d/.test(count);
    const index = isLetters ? readLetters(count) : Number(count);
    const isPadded = isLetters || count.length > 1;
    return { stem, index, width: isPadded ? count.length : 1, isLetters };
  }
  return undefined;
}

function readLetters(count: string): number {
  let index = 0;
  for (let at = 0; at < count.length; at += 1) index = index * 26 + count.charCodeAt(at) - 97;
  return index;
}

/** The name of another part of the same file. */
export function nameSplitPart({ stem, width, isLetters }: SplitPart, index: number): string {
  if (!isLetters) return stem + String(index).padStart(width, "0");
  const letters = Array.from(
    { length: width },
    (_, place) => Math.floor(index / 26 ** (width - 1 - place)) % 26,
  );
  return stem + letters.map((letter) => String.fromCharCode(97 + letter)).join("");
}

/** Whether a count starts with it: at nothing or at one, letters at `aa`. */
export function isFirstPart({ index, isLetters }: SplitPart): boolean {
  return index === 0 || (index === 1 && !isLetters);
}

/** The name of the file that the parts make up. */
export function nameWhole({ stem }: SplitPart): string {
  return stem.replace(/\.(?:part[-_]?)?$/i, "");
}
