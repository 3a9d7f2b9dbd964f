import { findMissing } from "../processes/installed.ts";
import { runProgram } from "../processes/run-program.ts";

export interface SkopeoPlatform {
  readonly arch: string;
  readonly variant?: string;
  readonly os?: string;
}

/** What skopeo tells of the one image that it takes from a list for a platform. */
export interface SkopeoImage {
  readonly Digest: string;
  readonly Architecture: string;
  readonly Os: string;
  readonly Layers: readonly string[];
}

/** What is missing for the functions here, if anything. */
export const missingSkopeo: string | undefined = findMissing("skopeo");

/** `skopeo inspect` of `host/name:tag` in a registry without TLS, as a machine of this platform would see it. */
export async function skopeoInspect(reference: string, platform: SkopeoPlatform): Promise<SkopeoImage> {
  const choice = ["--override-os", platform.os ?? "linux", "--override-arch", platform.arch];
  if (platform.variant !== undefined) choice.push("--override-variant", platform.variant);
  const source = `docker://${reference}`;
  return JSON.parse(
    await runProgram("skopeo", ...choice, "inspect", "--tls-verify=false", source),
  ) as SkopeoImage;
}

/** Copies a list with all its images out of the registry into an empty folder, byte for byte: skopeo's `dir:` form. */
export async function skopeoCopyAll(reference: string, folder: string): Promise<void> {
  const where = [`docker://${reference}`, `dir:${folder}`];
  await runProgram(
    "skopeo",
    "--insecure-policy",
    "copy",
    "--quiet",
    "--all",
    "--src-tls-verify=false",
    ...where,
  );
}
