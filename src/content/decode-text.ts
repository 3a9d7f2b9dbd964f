/** Byte order marks, and the encodings that they stand for: PowerShell's `>` writes UTF-16. */
const marks: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/** A small text file's text: UTF-8, or what its byte order mark says, without the mark. */
export function decodeText(bytes: Uint8Array): string {
  const [encoding] = marks.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte)) ?? ["utf-8"];
  return new TextDecoder(encoding).decode(bytes);
}
