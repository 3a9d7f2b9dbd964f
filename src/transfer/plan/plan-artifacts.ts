import type { NamedArtifact } from "../../content/image-source.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import type { GivenSource } from "./plan-image.ts";
import { nameTarget, type NamingOptions } from "./name-target.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";

/** A signature or the like that goes under a tag of its own. */
export interface PlannedArtifact {
  readonly source: Reference;
  readonly target: TargetName;
  readonly artifact: NamedArtifact;
}

/** Where the archives' artifacts go (decision 13), the same one once; with an image list those that `wanted` names in full. */
export function planArtifacts(
  sources: readonly GivenSource[],
  options: NamingOptions,
  wanted?: ReadonlySet<string>,
): PlannedArtifact[] {
  const planned = new Map<string, PlannedArtifact>();
  for (const artifact of sources.flatMap((given) => given.source.artifacts)) {
    for (const source of artifact.names.map(parseReference)) {
      if (source.tag === undefined || (wanted && !wanted.has(formatReference(source)))) continue;
      const target = nameTarget(source, options);
      const key = `${formatTarget(target)} ${artifact.manifest.descriptor.digest}`;
      planned.set(key, { source, target, artifact });
    }
  }
  return [...planned.values()];
}
