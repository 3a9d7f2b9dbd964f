import { AirgapError } from "../../oci/airgap-error.ts";
import { type Digest, digestAlgorithm, digestHex } from "../../oci/digest.ts";
import type { Layout } from "./tag-catalog.ts";
import type { FinishedFile } from "./directory-upload.ts";
import { hashFile } from "./hash-file.ts";
import { isFileError } from "../../content/file-error.ts";

/**
 * Makes a finished file the content of a digest, and a repository its owner. What is there already stays, unless its bytes,
 * hashed again, turn out to be wrong: it belongs to other repositories as well.
 */
export async function keepBlob(
  { files, paths, links }: Layout,
  repository: string,
  digest: Digest,
  finished: FinishedFile,
): Promise<void> {
  const path = paths.blob(digest);
  do {
    try {
      await placeBlob({ files }, path, digest, finished);
    } catch (error) {
      await forgetEmptyLink({ files, paths }, repository, digest);
      throw isFileError(error, "ENOENT") ? uploadLost(digest, error) : error;
    }
    await links.addBlob(repository, digest);
  } while (!(await files.touch(path)));
}

async function placeBlob(
  { files }: Pick<Layout, "files">,
  path: string,
  digest: Digest,
  finished: FinishedFile,
): Promise<void> {
  const isPlaced = await files.place(finished.path, path);
  if (!isPlaced && (await isSound({ files }, path, digest))) await files.sync(path);
  else if (!isPlaced) await files.replace(finished.path, path);
  else if ((await files.stat(path))?.ino !== finished.inode) {
    await refuseSwapped({ files }, path, digest);
  }
}

/** Takes a repository's link to content away that is not there, unless somebody brings it at this very moment. */
export async function forgetEmptyLink(
  { files, paths }: Pick<Layout, "files" | "paths">,
  repository: string,
  digest: Digest,
): Promise<void> {
  const isEmpty = async (): Promise<boolean> => (await files.size(paths.blob(digest))) === undefined;
  if (await isEmpty()) await files.take(paths.blobLink(repository, digest), isEmpty);
}

/** Somebody has put another file under the upload's name in the moment before it got its own. */
async function refuseSwapped({ files }: Pick<Layout, "files">, path: string, digest: Digest): Promise<void> {
  if (await isSound({ files }, path, digest)) return;
  await files.remove(path);
  throw uploadLost(digest);
}

function uploadLost(digest: Digest, cause?: unknown): AirgapError {
  return new AirgapError(
    "UPLOAD_UNKNOWN",
    `Cannot finish the upload of "${digest}": somebody has removed or changed its file`,
    { cause },
  );
}

async function isSound({ files }: Pick<Layout, "files">, path: string, digest: Digest): Promise<boolean> {
  const file = await files.open(path);
  if (!file) return false;
  await using opened = file;
  return (await hashFile(opened, digestAlgorithm(digest))).digest("hex") === digestHex(digest);
}
