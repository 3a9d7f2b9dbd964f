/** An address from a header, resolved against the one that was asked; undefined where it cannot be read. */
export function resolveLocation(header: string, base: URL): URL | undefined {
  return URL.canParse(header, base.href) ? new URL(header, base) : undefined;
}
