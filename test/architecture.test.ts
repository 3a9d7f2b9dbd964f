import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const source = resolve(import.meta.dirname, "../src");

/** What each folder may see besides itself; `cli` sees all, nobody sees `cli`. */
const allowed: Record<string, readonly string[]> = {
  oci: [],
  content: ["oci"],
  stream: ["oci"],
  deflate: ["oci"],
  archive: ["oci", "content", "stream", "deflate"],
  storage: ["oci", "content"],
  layout: ["oci", "content", "storage"],
  registry: ["oci", "content", "stream"],
  server: ["oci", "content", "storage"],
  transfer: ["oci", "content"],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function listImports(): Import[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => {
      const text = readFileSync(join(source, name), "utf8");
      return [...text.matchAll(/(?:from|import) "(\.[^"]+)"/g)].map(([, specifier = ""]) => ({
        file: name,
        from: folderOf(name),
        to: folderOf(relative(source, join(source, dirname(name), specifier))),
      }));
    });
}

function folderOf(path: string): string {
  return path.includes("/") ? (path.split("/")[0] ?? "") : "";
}

describe("the folders of src", () => {
  it("import in one direction only, as docs/architecture.md says", () => {
    const wrong = listImports().filter(
      ({ from, to }) => from !== to && from !== "cli" && from !== "" && !allowed[from]?.includes(to),
    );
    expect(wrong).toEqual([]);
  });

  it("hold no file over 350 lines", () => {
    const long = readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .filter((name) => readFileSync(join(source, name), "utf8").split("\n").length > 350);
    expect(long).toEqual([]);
  });
});
