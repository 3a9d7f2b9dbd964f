/** `1 image`, `2 images`; a plural that is not made with an s is given. */
export function countNoun(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
