/** A name out of its parts; tags such as 1.2 are numbers in YAML. Nothing where the path is no text. */
export function joinName(path: unknown, tag: unknown, digest: unknown): string | undefined {
  if (typeof path !== "string" || path === "") return undefined;
  const version = (typeof tag === "string" && tag !== "") || typeof tag === "number" ? `:${tag}` : "";
  const pin = typeof digest === "string" && digest !== "" ? `@${digest}` : "";
  return `${path}${version}${pin}`;
}
