/** Wrong, missing and extra letters; two letters swapped are two of them. */
const mostSlips = 2;

/** The word among these that was probably meant, or undefined. */
export function findSimilarWord(word: string, candidates: readonly string[]): string | undefined {
  const best = findNearest(word, candidates);
  return best && best.slips <= mostSlips ? best.candidate : undefined;
}

/** The word among these that is least unlike it, however unlike; undefined where there is none. */
export function findNearestWord(word: string, candidates: readonly string[]): string | undefined {
  return findNearest(word, candidates)?.candidate;
}

interface Rated {
  readonly candidate: string;
  readonly slips: number;
}

function findNearest(word: string, candidates: readonly string[]): Rated | undefined {
  const rated = candidates.map((candidate) => ({ candidate, slips: countSlips(word, candidate) }));
  return rated.sort((a, b) => a.slips - b.slips)[0];
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
