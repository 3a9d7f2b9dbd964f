import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";

/** A file or folder of a registry's storage without which it does not have one thing any more. */
export interface StoredPart {
  /** `library/app tag 1.0` */
  readonly title: string;
  readonly path: string;
}

const forms: readonly RegExp[] = [
  // distribution: a folder for each tag, manifest and blob of a repository
  /^docker\/registry\/v2\/repositories\/(.+)\/_manifests\/(tags)\/([^/]+)$/,
  /^docker\/registry\/v2\/repositories\/(.+)\/_manifests\/(revisions)\/sha256\/([0-9a-f]{64})$/,
  /^docker\/registry\/v2\/repositories\/(.+)\/_(layers)\/sha256\/([0-9a-f]{64})$/,
  // serve: a file for each
  /^repositories\/(.+)\/_(tags)\/([^/]+)$/,
  /^repositories\/(.+)\/_(manifests)\/sha256\/([0-9a-f]{64})$/,
  /^repositories\/(.+)\/_(blobs)\/sha256\/([0-9a-f]{64})$/,
];

/** All tags, manifests and blobs of all repositories in the storage of distribution or of `serve`. */
export async function listStoredParts(root: string): Promise<readonly StoredPart[]> {
  const paths = await readdir(root, { recursive: true });
  return paths.sort().flatMap((path) => {
    const match = forms.map((form) => form.exec(path)).find((found) => found !== null);
    return match ? [{ title: match.slice(1).join(" "), path: join(root, path) }] : [];
  });
}

/** Does something while a part is away. */
export async function without<T>({ path }: StoredPart, work: () => Promise<T>): Promise<T> {
  const aside = join(path, "../../..", `aside-${Date.now()}`);
  await rename(path, aside);
  try {
    return await work();
  } finally {
    await rename(aside, path);
  }
}
