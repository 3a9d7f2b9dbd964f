import { findSimilarWord } from "../../content/find-similar-word.ts";

/** `Did you mean save? ` for a hint to begin with, where one of these words was probably meant; else nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = findSimilarWord(word, candidates);
  return meant === undefined ? "" : `Did you mean ${meant}? `;
}
