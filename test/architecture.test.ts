import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const source = resolve(import.meta.dirname, "../src");

/** What each folder of src may see besides itself; `cli` and the library's own files see all, nobody sees `cli`. */
const folders: Record<string, readonly string[]> = {
  oci: [],
  content: ["oci"],
  lists: ["oci"],
  signature: ["oci"],
  stream: ["oci"],
  deflate: ["oci"],
  archive: ["oci", "content", "stream", "deflate"],
  storage: ["oci", "content"],
  registry: ["oci", "content"],
  server: ["oci", "content", "storage"],
  transfer: ["oci", "content", "signature"],
};

/** The rooms of a folder, each of which may see those before it; `.` are the files that are in none. */
const rooms: Record<string, readonly (string | readonly string[])[]> = {
  deflate: ["inflate", ["splice", "encode"]],
  archive: ["tar", "index", "spool", "layers", "split", ["scan", "images"], "dialects", ["pack", "."]],
  storage: [".", "layout", "directory"],
  registry: ["http", "auth", "tls", "refusal", "client", "blobs", "manifests", "."],
  signature: [".", "images", "policy"],
  server: ["http", "auth", "wanted", ["endpoints", "page"], "."],
  transfer: [
    "report",
    "format",
    ["plan", "graph"],
    "copy",
    ["artifacts", "trust", "counted"],
    "load",
    ["save", "sync", "drafts", "verify", "inspect", "prune"],
  ],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function listImports(): Import[] {
  return listFiles().flatMap((file) => {
    const text = readFileSync(join(source, file), "utf8");
    return [...text.matchAll(/(?:from|import) "(\.[^"]+)"/g)].map(([, specifier = ""]) => ({
      file,
      from: dirname(file),
      to: relative(source, join(source, dirname(file), dirname(specifier))),
    }));
  });
}

function listFiles(): string[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
}

function isAllowed({ from, to }: Import): boolean {
  const [folder = "", room = "."] = from.split("/");
  const [otherFolder = "", otherRoom = "."] = to.split("/");
  if (folder === "cli" || folder === ".") return true;
  if (folder !== otherFolder) return folders[folder]?.includes(otherFolder) ?? false;
  if (room === otherRoom) return true;
  const order = rooms[folder] ?? [];
  const place = (name: string): number => order.findIndex((place) => [place].flat().includes(name));
  return place(otherRoom) >= 0 && place(otherRoom) < place(room);
}

describe("the folders of src", () => {
  test("import in one direction only, as docs/architecture.md says", () => {
    expect(listImports().filter((each) => !isAllowed(each))).toEqual([]);
  });

  test("hold at most 20 files each", () => {
    const folders = [...new Set(listFiles().map((name) => dirname(name)))];
    const sizes = folders.map((folder) => [
      folder,
      listFiles().filter((name) => dirname(name) === folder).length,
    ]);
    expect(sizes.filter(([, size]) => Number(size) > 20)).toEqual([]);
  });

  test("hold no file over 350 lines", () => {
    const long = listFiles().filter(
      (name) => readFileSync(join(source, name), "utf8").split("\n").length > 350,
    );
    expect(long).toEqual([]);
  });
});
