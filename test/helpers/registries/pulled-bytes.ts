import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchBlob, fetchManifest } from "./fetch-bytes.ts";
import { missingSkopeo, skopeoCopyAll } from "../judges/skopeo.ts";

/** Everything behind one tag, as a client got it. */
export interface PulledBytes {
  /** The list's bytes, or those of a manifest that it lists. */
  manifest(digest?: string): Promise<Buffer>;
  blob(digest: string): Promise<Buffer>;
}

/** Takes `host/repository:tag` with all its images out of a registry: with skopeo where it is installed. */
export async function withPulledBytes<T>(
  reference: string,
  look: (pulled: PulledBytes) => Promise<T>,
): Promise<T> {
  if (missingSkopeo !== undefined) return look(pullByHand(reference));
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-judge-"));
  const readPart = (name: string): Promise<Buffer> => readFile(join(folder, name));
  try {
    await skopeoCopyAll(reference, folder);
    return await look({
      manifest: (digest) =>
        readPart(digest === undefined ? "manifest.json" : `${hexOf(digest)}.manifest.json`),
      blob: (digest) => readPart(hexOf(digest)),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pullByHand(reference: string): PulledBytes {
  const slash = reference.indexOf("/");
  const host = reference.slice(0, slash);
  const [repository = "", tag = ""] = reference.slice(slash + 1).split(":");
  return {
    manifest: (digest) => fetchManifest(host, repository, digest ?? tag),
    blob: (digest) => fetchBlob(host, repository, digest),
  };
}

function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}
