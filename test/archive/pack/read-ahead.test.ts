import { expect, test } from "vitest";
import { packTar, type PackedEntry } from "../../../src/archive/tar/pack-tar.ts";
import { readAhead } from "../../../src/archive/pack/read-ahead.ts";
import { readAll } from "../../helpers/chunks.ts";

/** Entries that tell when they are opened. */
function makeEntries(sizes: readonly number[]): { entries: PackedEntry[]; opened: string[] } {
  const opened: string[] = [];
  const entries = sizes.map((size, at): PackedEntry => {
    const name = `${at}`;
    return {
      name,
      size,
      async *open(signal) {
        opened.push(name);
        signal?.throwIfAborted();
        yield Buffer.alloc(size, name);
      },
    };
  });
  return { entries, opened };
}

const large = 1024 * 1024 + 1;

test("the tar is the same, whatever was read ahead", async () => {
  const { entries } = makeEntries([10, large, 0, ...Array.from({ length: 20 }, (_, at) => at), large]);
  const folders = [{ name: "folder/", size: 0 }, ...entries];
  const [ahead, plain] = [await readAll(packTar(readAhead(folders))), await readAll(packTar(folders))];
  expect(Buffer.compare(ahead, plain)).toBe(0);
});

test("eight small entries are read before their turn, large ones never", () => {
  const { entries, opened } = makeEntries([large, ...Array.from({ length: 20 }, () => 1), large]);
  const given = readAhead(entries);
  given.next();
  expect(opened).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
  given.next();
  expect(opened).toHaveLength(8);
  given.next();
  expect(opened).toHaveLength(9);
});

test("what cannot be read is thrown in its turn, and nothing is read on for a reader that left", async () => {
  const { entries } = makeEntries([1, 1]);
  let stopped: boolean | undefined;
  const broken: PackedEntry = {
    name: "broken",
    size: 1,
    // eslint-disable-next-line require-yield
    async *open(signal) {
      signal?.addEventListener("abort", () => (stopped = true));
      throw new Error("line cut");
    },
  };
  await expect(readAll(packTar(readAhead([...entries, broken])))).rejects.toThrow("line cut");
  expect(stopped).toBe(true);
});

test("more bytes than were announced do not end well", async () => {
  const [entry] = makeEntries([100]).entries;
  if (!entry) throw new Error("no entry");
  await expect(readAll(packTar(readAhead([{ ...entry, size: 10 }])))).rejects.toThrow("Size mismatch");
});
