const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Whether text has nothing in it that a terminal, a log or a reader could take for something else. */
export function isPrintable(text: string): boolean {
  return text.search(unprintable) === -1;
}

/**
 * Text from an archive or a registry, made safe for a terminal and a log: control, format and line-separator
 * characters become `\u{..}`, and anything over `limit` characters is cut.
 */
export function printable(text: string, limit = 300): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return cut.replace(unprintable, escapeCharacter);
}

const unprintableInLines = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The same of whole lines, however many: ends of lines and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(unprintableInLines, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`;
}
