/** Text that is no wider than so many columns of a terminal: what is too much is left out of its middle. */
export function fitColumns(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return "";
  const characters = Array.from(text);
  const tail = takeColumns(characters.toReversed(), Math.floor((columns - 1) / 2)).toReversed();
  const head = takeColumns(characters, columns - 1 - widthOf(tail.join("")));
  return `${head.join("")}…${tail.join("")}`;
}

/** Columns of a terminal that text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

function takeColumns(characters: readonly string[], columns: number): string[] {
  let width = 0;
  const end = characters.findIndex((character) => (width += columnsOf(character)) > columns);
  return characters.slice(0, end < 0 ? undefined : end);
}

/** East Asian characters and pictures, which take two columns (UAX 11). */
const wide =
  /[\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

function columnsOf(character: string): number {
  if (/\p{M}/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
