import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { openArchive } from "../../../src/archive/open-archive.ts";
import { openEntry } from "../../../src/archive/index/reopen.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { digestStream, filesOf, getFile, scanInput } from "../../helpers/archives/scan-bytes.ts";
import { endMark, tarFile } from "../../helpers/archives/tar-blocks.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const layer = Buffer.concat([tarFile("etc/motd", "hello"), endMark]);

async function makeLayout(): Promise<string> {
  const folder = await makeTempFolder();
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  await writeFile(join(folder, "blobs/sha256/layer"), gzipSync(layer));
  await writeFile(join(folder, "blobs/sha256/plain"), layer);
  await writeFile(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, "index.json"), "{}");
  return folder;
}

test("a folder gives the same index as a tar of it would", async () => {
  const folder = await makeLayout();
  const { index } = await scanInput({ path: folder });

  expect(index).toMatchObject({ compression: "none", sha256: undefined, notes: [] });
  expect([...index.entries.keys()]).toEqual([
    "blobs/sha256/layer",
    "blobs/sha256/plain",
    "index.json",
    "oci-layout",
  ]);
  expect(getFile(index, "blobs/sha256/layer").layer?.diffID).toBe(digestOf(layer));
  expect(getFile(index, "index.json").bytes?.length).toBe(2);
  for (const file of filesOf(index).values()) expect(await digestStream(openEntry(file)())).toBe(file.digest);
});

test("links are told, not followed, and what a Mac adds is left out", async () => {
  const folder = await makeLayout();
  await symlink("/etc/passwd", join(folder, "blobs/sha256/secret"));
  await writeFile(join(folder, "._index.json"), "junk");
  const { index } = await scanInput({ path: folder });

  expect(index.entries.get("blobs/sha256/secret")).toMatchObject({ kind: "link", target: "/etc/passwd" });
  expect(index.entries.has("._index.json")).toBe(false);
});

test("folders are walked into as deep as bundles are", async () => {
  const folder = await makeLayout();
  await mkdir(join(folder, "a/b/c"), { recursive: true });
  await writeFile(join(folder, "a/b/c/file"), "x");
  const { index } = await scanInput({ path: folder });

  expect(index.entries.has("a/b/c/file")).toBe(true);
});

test("a folder of something else is refused before it is read", async () => {
  const folder = await makeTempFolder();
  await writeFile(join(folder, "notes.txt"), "x");
  const onProgress = vi.fn<() => void>();

  const opening = openArchive(
    { path: folder },
    { layerCompression: "gzip", allowForeign: false, onProgress },
  );
  await expect(opening).rejects.toMatchObject({
    code: "ARCHIVE_UNSUPPORTED",
    message: `Cannot read archive "${folder}": it is a folder with neither an archive nor an image layout in it`,
  });
  expect(onProgress).not.toHaveBeenCalled();
});
