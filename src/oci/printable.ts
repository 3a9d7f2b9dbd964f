const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Text from an archive or a registry, made safe for a terminal and a log: control, format and line-separator
 * characters become `\u{..}`, and anything over `limit` characters is cut.
 */
export function printable(text: string, limit = 300): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return cut.replace(unprintable, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`);
}
