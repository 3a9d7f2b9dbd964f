const mostNamed = 5;

/** The first of several things by name, and how many more there are: `a, b, c, d, e and 3 more`. */
export function nameFew(names: readonly string[]): string {
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
  return names.slice(0, mostNamed).join(", ") + more;
}
