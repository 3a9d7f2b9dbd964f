import type {
  ImageSource,
  SourceFacts,
  SourceFault,
  SourceImage,
  SourceLayer,
} from "../../content/image-source.ts";
import type { Notice } from "../../content/notice.ts";
import type { Digest } from "../../oci/digest.ts";
import type { LayerCompression } from "../../oci/media-type.ts";
import type { Platform } from "../../oci/platform.ts";
import { askBinaries, type BinaryVote, isVote } from "../plan/witness/binary-witness.ts";
import { settlePlatform } from "../plan/witness/witness.ts";

/** What a source holds, found without a registry and without knowing what its archive was given as. */
export interface SourceReport {
  readonly title: string;
  readonly facts: SourceFacts;
  readonly images: readonly ImageReport[];
  /** What has a tag but is no image: signatures, charts. */
  readonly artifacts: readonly { readonly names: readonly string[]; readonly digest: Digest }[];
  /** What is named and cannot be used. */
  readonly faults: readonly SourceFault[];
  readonly notices: readonly Notice[];
}

export interface ImageReport {
  readonly names: readonly string[];
  /** Tags without a repository. */
  readonly tags: readonly string[];
  /** The image ID. */
  readonly config: Digest;
  /** Of the image's own manifest, where the source has one. */
  readonly manifest: Digest | undefined;
  readonly index: IndexReport | undefined;
  /** What the witnesses come to; undefined where they do not. */
  readonly platform: Platform | undefined;
  readonly witnesses: {
    readonly descriptor: Platform | undefined;
    readonly config: Platform;
    readonly binaries: BinaryVote | undefined;
  };
  readonly layers: readonly LayerReport[];
  /** What is odd, a clause each. */
  readonly problems: readonly string[];
}

export interface IndexReport {
  readonly digest: Digest;
  /** Whether all that it lists is in the source. */
  readonly complete: boolean;
  readonly attestations: number;
}

export interface LayerReport {
  /** Undefined for a foreign layer that is not in the source. */
  readonly diffID: Digest | undefined;
  /** Bytes as they stand in the source, and how they are compressed there. */
  readonly size: number | undefined;
  readonly compression: LayerCompression | undefined;
  /** Whether it stays a descriptor with urls. */
  readonly foreign: boolean;
}

/** Tells what is in a source, with each image's platform and what every witness says of it (decision 1). */
export function inspectSource({ title, facts, images, artifacts, ...told }: ImageSource): SourceReport {
  return {
    title,
    facts,
    images: images.map(inspectImage),
    artifacts: artifacts.map(({ names, manifest }) => ({ names, digest: manifest.descriptor.digest })),
    faults: told.faults,
    notices: told.notices,
  };
}

function inspectImage(image: SourceImage): ImageReport {
  const { names, config, layers, manifest, index, claimedPlatform } = image;
  const verdict = settlePlatform(image, { policy: "verify", fixConfig: "auto" });
  const answer = askBinaries(
    config,
    layers.map((layer) => layer.contents),
  );
  return {
    names,
    tags: image.tags ?? [],
    config: config.digest,
    manifest: manifest?.descriptor.digest,
    index: index && {
      digest: index.manifest.descriptor.digest,
      complete: index.complete,
      attestations: index.attestations.length,
    },
    platform: verdict.kind === "settled" ? verdict.platform : undefined,
    witnesses: {
      descriptor: claimedPlatform,
      config: config.platform,
      binaries: isVote(answer) ? answer : undefined,
    },
    layers: layers.map(inspectLayer),
    problems: [
      ...(verdict.kind === "settled" ? verdict.findings : [verdict.reason]),
      ...(image.remarks ?? []).map(({ text }) => text),
    ],
  };
}

function inspectLayer({ diffID, stored, blob }: SourceLayer): LayerReport {
  return { diffID, size: stored?.size, compression: stored?.compression, foreign: blob === undefined };
}
