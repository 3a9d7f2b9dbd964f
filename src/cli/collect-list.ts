/** For commander: values of a repeatable option whose words are also separated by commas. */
export function collectList(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...value.split(",").map((item) => item.trim())];
}
