/** Wrong, missing and extra letters; two letters swapped are two of them. */
const mostSlips = 2;

/** The word among these that was probably meant, or undefined. */
export function findSimilarWord(word: string, candidates: readonly string[]): string | undefined {
  const rated = candidates.map((candidate) => ({ candidate, slips: countSlips(word, candidate) }));
  const [best] = rated.sort((a, b) => a.slips - b.slips);
  return best && best.slips <= mostSlips ? best.candidate : undefined;
}

/** Levenshtein's distance, row by row. */
function countSlips(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const letter of from) {
    const next = [(row[0] ?? 0) + 1];
    for (const [column, other] of to.split("").entries()) {
      const replaced = (row[column] ?? 0) + Number(letter !== other);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
