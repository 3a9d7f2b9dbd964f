import type { SourceArtifact } from "../../content/image-source.ts";
import type { Steps } from "../../content/turns.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Reference } from "../../oci/reference.ts";
import type { GivenSource } from "./planned-image.ts";
import { nameTarget, type NamingOptions } from "./name-target.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";
import { readNames } from "./read-names.ts";
import type { WantedNames } from "./wanted-names.ts";

/** A manifest that goes up as it is, under a tag of its own or under its digest. */
export interface PlannedArtifact {
  readonly source: Reference;
  readonly target: TargetName;
  readonly artifact: SourceArtifact;
  /** What it refers to, in the same repository, where it does. */
  readonly subject?: Digest;
}

/** Where the archives' artifacts go (decision 13), the same one once; with an image list those that are on it. */
export function* planArtifacts(
  sources: readonly GivenSource[],
  options: NamingOptions,
  wanted?: WantedNames,
): Steps<readonly PlannedArtifact[]> {
  const planned = new Map<string, PlannedArtifact>();
  for (const { source: archive } of sources) {
    for (const artifact of archive.artifacts) {
      yield;
      const { digest } = artifact.manifest.descriptor;
      const { references } = readNames(artifact.names, wanted, [digest]);
      for (const source of references) {
        const target = nameTarget(source, options);
        planned.set(`${formatTarget(target)} ${digest}`, { source, target, artifact });
      }
    }
  }
  return [...planned.values()];
}
