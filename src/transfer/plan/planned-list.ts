import type { Digest } from "../../oci/digest.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Reference } from "../../oci/reference.ts";
import type { TargetName } from "../report/target-name.ts";
import type { PlannedIndex } from "./choose-root.ts";
import type { PlannedEntry } from "./planned-image.ts";

/** One multi-arch image to be: a name and the images that go under it. */
export interface PlannedList {
  readonly source: Reference;
  readonly target: TargetName;
  /** In the order of the list (registry.md 7.2). */
  readonly entries: readonly PlannedEntry[];
  /** Platforms of this run that the name is not there for. */
  readonly missing: readonly Platform[];
  /** The archives' own index, where it can go up byte for byte (decision 8). */
  readonly verbatim?: PlannedIndex | undefined;
  /** Whether its one image goes under the name as it is, unless something in the registry is merged (decision 6). */
  readonly single: boolean;
  /** Digests that it is named by, that in the place of a tag included. */
  readonly pins: readonly Digest[];
}
