import { readFileSync } from "node:fs";
import { expectedImages, samplePath, type ExpectedImage } from "./samples.ts";

export type K3sWriter = "docker20" | "docker26" | "docker26-containerd";

/** The three forms in which samples/k3s8 holds the same eight images. */
export const k3sWriters: readonly K3sWriter[] = ["docker20", "docker26", "docker26-containerd"];

/** The eight names, `rancher/pause:3.1`, as they are in the registry. */
export const k3sNames: readonly string[] = readFileSync(samplePath("k3s8/k3s-images.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "");

/** The names whose configs lie in the arm64 and the arm archive. */
export const lyingNames: readonly string[] = k3sNames.filter((name) =>
  /coredns|metrics-server|pause/.test(name),
);

export const k3sPlatforms = { amd64: "linux/amd64", arm64: "linux/arm64", arm: "linux/arm/v7" } as const;

export type K3sArchitecture = keyof typeof k3sPlatforms;

export const k3sArchitectures: readonly K3sArchitecture[] = ["amd64", "arm64", "arm"];

/** The path of one of the archives within samples/. */
export function k3sArchive(writer: K3sWriter, architecture: K3sArchitecture): string {
  return `k3s8/${writer}/k3s-airgap-images-${architecture}.tar.gz`;
}

/** `--amd64 FILE --arm64 FILE --arm FILE`, in the order given. */
export function k3sFlags(
  writer: K3sWriter,
  architectures: readonly K3sArchitecture[] = k3sArchitectures,
): string[] {
  return architectures.flatMap((arch) => [`--${arch}`, samplePath(k3sArchive(writer, arch))]);
}

/** What samples/expected.json says of one image in one archive. */
export function k3sExpected(writer: K3sWriter, architecture: K3sArchitecture, name: string): ExpectedImage {
  const images = expectedImages(k3sArchive(writer, architecture));
  const image = images.find(({ names }) => names.some((own) => own.replace(/^docker\.io\//, "") === name));
  if (image === undefined) throw new Error(`${name} is not in ${k3sArchive(writer, architecture)}`);
  return image;
}
