import { families } from "../oci/media-type.ts";

/** How witnesses that disagree about an image's platform are settled (decision 4). */
export const platformPolicies = ["verify", "flag", "config"] as const;
export type PlatformPolicy = (typeof platformPolicies)[number];

/** When a config that names another architecture than the image has is written again (decision 5). */
export const fixConfigWords = ["auto", "always", "never"] as const;
export type FixConfig = (typeof fixConfigWords)[number];

/** When a list's images get tags of their own; `auto` where garbage collection would take them without (decision 10). */
export const archTagsWords = ["auto", "always", "never"] as const;
export type ArchTags = (typeof archTagsWords)[number];

/** What becomes of a list that is under the tag already (decision 9). */
export const onExistingWords = ["merge", "replace", "fail"] as const;
export type OnExisting = (typeof onExistingWords)[number];

/** How an archive that is written is compressed as a whole. */
export const archiveCompressions = ["none", "gzip", "zstd"] as const;
export type ArchiveCompression = (typeof archiveCompressions)[number];

/** Which family of media types manifests of our own making get; `auto` is decision 7's choice. */
export const manifestFormats: readonly ["auto", ...typeof families] = ["auto", ...families];
export type ManifestFormat = (typeof manifestFormats)[number];

/** What tells runtimes of mirrors: k3s and RKE2; containerd; CRI-O and podman; OpenShift; docker; Talos. */
export const mirrorKindWords = [
  "registries.yaml",
  "hosts.toml",
  "registries.conf",
  "openshift",
  "daemon.json",
  "talos",
] as const;
export type MirrorKindWord = (typeof mirrorKindWords)[number];
