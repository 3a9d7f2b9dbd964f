/** For commander: the values of a repeatable option. A variable holds several one a line. */
export function collectValues(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...value.trim().split(/\s*\n\s*/)];
}

/** For commander: the values of a repeatable option, of which one word may hold several with commas between. */
export function collectList(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...value.split(",").map((item) => item.trim())];
}
