import type { Digest } from "../../oci/digest.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";

interface PinnedList {
  readonly target: TargetName;
  /** Digests that it is named by. */
  readonly pins: readonly Digest[];
}

interface Referrer {
  readonly target: TargetName;
  readonly subject?: Digest;
}

/** Why a digest of what goes under a name must not change, or nothing where it may. */
export type WhyListKept = (list: PinnedList, digest: Digest) => string | undefined;

/** Digests that are asked for, and those of which something that is carried speaks, must stay; all of them for a reason. */
export function listKept(referrers: readonly Referrer[], reason: string | undefined): WhyListKept {
  return ({ pins, target }, digest) => {
    if (reason !== undefined) return reason;
    if (pins.includes(digest)) return "it is asked for by it";
    const referrer = referrers.find(
      (other) => other.subject === digest && other.target.repository === target.repository,
    );
    return referrer && `${formatTarget(referrer.target)} refers to it`;
  };
}
