/** Byte order marks, and the encodings that they stand for: PowerShell's `>` writes UTF-16. */
const marks: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/** A small text file's text: UTF-8, or what its byte order mark says, without the mark; UTF-16 is told without one as well. */
export function decodeText(bytes: Uint8Array): string {
  const [encoding] = marks.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte)) ?? [];
  return new TextDecoder(encoding ?? guessEncoding(bytes)).decode(bytes);
}

/** The same as UTF-8 without a mark, for what reads bytes. */
export function toPlainUtf8(bytes: Uint8Array): Uint8Array {
  return new TextEncoder().encode(decodeText(bytes));
}

/** No text has a NUL, and nearly all that people list begins with an ASCII character (RFC 4627, section 3). */
function guessEncoding([first, second]: Uint8Array): string {
  if (first && second === 0) return "utf-16le";
  return first === 0 && second ? "utf-16be" : "utf-8";
}
