import { describeFileError, isFileError, isFullDisk } from "../../content/file-error.ts";
import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import { asObject, jsonLine, parseJson } from "../../oci/json.ts";
import { emptyIndex, formatIndexDocument } from "./index-document.ts";
import type { LayoutFiles } from "./layout-files.ts";
import type { LayoutPaths } from "./layout-paths.ts";
import { makeFolders } from "../../content/make-folders.ts";

const ours = new Set([
  "blobs",
  "repositories",
  "uploads",
  "index.json",
  "index.json.lock",
  "oci-layout",
  "lost+found",
]);

/** What the folder's form is called; the first release wrote none. */
const format = 2;
/** The first release touches a lock that it holds every five seconds: one that is older is left behind. */
const firstReleasePatience = 30_000;

/**
 * Makes an empty image layout, or what one of another tool lacks to be pushed to (image-spec, image-layout.md). A
 * directory that holds other things is not touched. Throws `LAYOUT_INVALID` or `LAYOUT_NOT_WRITABLE`.
 */
export async function createLayout(files: LayoutFiles, paths: LayoutPaths): Promise<void> {
  try {
    await makeFolders(paths.root);
    await checkLayout(files, paths);
    for (const folder of [paths.blobs, join(paths.blobs, "sha256"), paths.repositories, paths.uploads]) {
      await files.makeFolder(folder);
    }
    await keepFirstReleaseOut(paths);
    for (const folder of [paths.marker, paths.views]) await files.makeFolder(folder);
    await files.writeNew(paths.format, jsonLine({ format }));
    await files.writeNew(paths.index, formatIndexDocument(emptyIndex));
    await files.writeNew(paths.layout, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  } catch (cause) {
    if (cause instanceof AirgapError) throw cause;
    throw new AirgapError(
      "LAYOUT_NOT_WRITABLE",
      `Cannot write to "${paths.root}": ${describeFileError(cause)}`,
      {
        exit: isFullDisk(cause) ? "disk" : "cannotCreate",
        cause,
      },
    );
  }
}

/** Throws `LAYOUT_INVALID` for a folder that is not to be written to, or read: of a later release, with links in it, other things. */
export async function checkLayout(files: LayoutFiles, paths: LayoutPaths): Promise<void> {
  const version = await readField(files, paths.layout, "imageLayoutVersion");
  if (version !== undefined && version !== "1.0.0") {
    throw invalidLayout(paths, `its layout version is ${JSON.stringify(version)}, want "1.0.0"`);
  }
  const form = await readField(files, paths.format, "format");
  if (form !== undefined && form !== format) {
    throw invalidLayout(paths, `a later release has written it (its format is ${JSON.stringify(form)})`);
  }
  for (const name of await listRoot(paths)) {
    if (version === undefined && !ours.has(name)) {
      throw invalidLayout(paths, `it holds other things ("${name}") and is no image layout`);
    }
    const stats = await lstat(join(paths.root, name));
    if (ours.has(name) && !stats.isFile() && !stats.isDirectory()) {
      throw invalidLayout(paths, `"${name}" in it is a link, or no file at all`);
    }
  }
}

async function listRoot(paths: LayoutPaths): Promise<readonly string[]> {
  try {
    return await readdir(paths.root);
  } catch (error) {
    if (isFileError(error, "ENOENT")) return [];
    throw error;
  }
}

async function readField(files: LayoutFiles, path: string, key: string): Promise<unknown> {
  const bytes = await files.read(path, 1024 * 1024);
  return bytes && (asObject(parseJson(bytes, { what: path }), path).get(key) ?? null);
}

/** Puts a folder where the first release makes its lock file, once it holds none. */
async function keepFirstReleaseOut({ marker, uploads }: LayoutPaths): Promise<void> {
  for (;;) {
    try {
      await mkdir(marker);
      return;
    } catch (error) {
      if (!isFileError(error, "EEXIST")) throw error;
    }
    const stats = await lstat(marker).catch(() => undefined);
    if (stats?.isDirectory()) return;
    if (!stats || Date.now() - stats.mtimeMs < firstReleasePatience) await delay(50);
    else await discard(marker, join(uploads, randomUUID()));
  }
}

async function discard(path: string, unfinished: string): Promise<void> {
  await rename(path, unfinished).catch((error: unknown) => {
    if (!isFileError(error, "ENOENT")) throw error;
  });
  await rm(unfinished, { force: true });
}

function invalidLayout(paths: LayoutPaths, detail: string): AirgapError {
  return new AirgapError("LAYOUT_INVALID", `Cannot use directory "${paths.root}": ${detail}`, {
    exit: "usage",
    hint: "Name an empty directory, or one that an image layout was written to.",
  });
}
