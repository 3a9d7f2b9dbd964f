import { readdirSync, readFileSync } from "node:fs";
import { getAsset, isSea } from "node:sea";

/** Where a package's root is, seen from here. */
const root = "../../";

/** What a single executable carries as the list of its documents: JSON, since Node 20 lists no assets. */
const documentList = "documents.json";

/** A file of the package by its path in it; a single executable carries it, since there is none beside it (decision 23). */
export function readCarriedFile(path: string): string {
  return isSea() ? getAsset(path, "utf8") : readFileSync(new URL(root + path, import.meta.url), "utf8");
}

/** The paths of all documents that the program carries: its README, and what is in `docs`. */
export function listDocuments(): readonly string[] {
  if (isSea()) return JSON.parse(getAsset(documentList, "utf8")) as string[];
  const names = readdirSync(new URL(`${root}docs`, import.meta.url)).filter((name) => name.endsWith(".md"));
  return ["README.md", ...names.sort().map((name) => `docs/${name}`)];
}
