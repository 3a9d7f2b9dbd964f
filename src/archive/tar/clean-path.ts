/**
 * One spelling for a path inside an archive: no `./`, no `//`, `a/../b` made `b`, no slash at the end.
 * Undefined for what is not inside it: the root itself, absolute paths, and paths that climb out.
 */
export function cleanPath(path: string): string | undefined {
  if (path.startsWith("/")) return undefined;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.length ? parts.join("/") : undefined;
}
