import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { asObject, parseJson } from "../../oci/json.ts";
import { mediaTypes } from "../../oci/media-type.ts";
import { isFileError, makeDirectory, sizeOf, writeDurably } from "./durable-files.ts";
import { withLayoutLock } from "./layout-lock.ts";
import type { LayoutPaths } from "./layout-paths.ts";

const ours = new Set([
  "blobs",
  "repositories",
  "uploads",
  "index.json",
  "index.json.lock",
  "oci-layout",
  "lost+found",
]);

/**
 * Makes an empty image layout, or what one of another tool lacks to be pushed to (image-spec, image-layout.md). A
 * directory that holds other things is not touched. Throws `LAYOUT_INVALID` or `LAYOUT_NOT_WRITABLE`.
 */
export async function createLayout(paths: LayoutPaths): Promise<void> {
  try {
    await makeDirectory(paths.root);
    await checkContent(paths);
    for (const directory of [join(paths.blobs, "sha256"), paths.repositories, paths.uploads])
      await makeDirectory(directory);
  } catch (cause) {
    if (cause instanceof AirgapError) throw cause;
    throw new AirgapError("LAYOUT_NOT_WRITABLE", `Cannot write to "${paths.root}": ${String(cause)}`, {
      exit: "cannotCreate",
      cause,
    });
  }
  await withLayoutLock(paths.lock, async () => {
    await writeIfMissing(paths, paths.index, {
      schemaVersion: 2,
      mediaType: mediaTypes.oci.index,
      manifests: [],
    });
    await writeIfMissing(paths, paths.layout, { imageLayoutVersion: "1.0.0" });
  });
}

async function writeIfMissing(paths: LayoutPaths, path: string, document: unknown): Promise<void> {
  if ((await sizeOf(path)) === undefined) await writeDurably(path, JSON.stringify(document), paths.uploads);
}

async function checkContent(paths: LayoutPaths): Promise<void> {
  const version = await readVersion(paths);
  if (version !== undefined && version !== "1.0.0")
    throw invalidLayout(paths, `its layout version is ${JSON.stringify(version)}, want "1.0.0"`);
  const strangers = (await readdir(paths.root)).filter((name) => !ours.has(name));
  if (version === undefined && strangers.length)
    throw invalidLayout(paths, `it holds other things ("${strangers[0]}") and is no image layout`);
}

async function readVersion(paths: LayoutPaths): Promise<unknown> {
  try {
    const what = "oci-layout";
    return (
      asObject(parseJson(await readFile(paths.layout), { what }), what).get("imageLayoutVersion") ?? null
    );
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

function invalidLayout(paths: LayoutPaths, detail: string): AirgapError {
  return new AirgapError("LAYOUT_INVALID", `Cannot use directory "${paths.root}": ${detail}`, {
    exit: "usage",
    hint: "Name an empty directory, or one that an image layout was written to.",
  });
}
