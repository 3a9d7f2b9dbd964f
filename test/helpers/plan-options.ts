import { parsePlatform } from "../../src/oci/platform.ts";
import { formatReference, parseReference } from "../../src/oci/reference.ts";
import { defaultArchTag } from "../../src/oci/arch-tag.ts";
import type { PlanOptions } from "../../src/transfer/plan/plan.ts";
import { parseRenameRule } from "../../src/transfer/plan/name-target.ts";

export interface PlanSpec extends Partial<
  Pick<
    PlanOptions,
    | "policy"
    | "fixConfig"
    | "prefix"
    | "keepHost"
    | "allowMissing"
    | "dropAttestations"
    | "alwaysList"
    | "foldArch"
    | "listedAt"
  >
> {
  /** Name or image ID to platform. */
  readonly imagePlatforms?: Readonly<Record<string, string>>;
  /** Image ID to name. */
  readonly names?: Readonly<Record<string, string>>;
  readonly renames?: readonly string[];
  readonly imageList?: readonly string[];
  /** `false` pushes children by digest. */
  readonly archTag?: string | false;
}

/** The options of a plan as the command line gives them where nothing is asked for. */
export function planOptions(spec: PlanSpec = {}): PlanOptions {
  const {
    imagePlatforms = {},
    names = {},
    renames = [],
    imageList,
    archTag = defaultArchTag,
    ...rest
  } = spec;
  const platforms = Object.entries(imagePlatforms).map(([name, platform]) => {
    const key = /^[0-9a-f]{12,64}$/.test(name) ? name : formatReference(parseReference(name));
    return [key, parsePlatform(platform)] as const;
  });
  return {
    policy: "verify",
    fixConfig: "auto",
    prefix: "",
    keepHost: false,
    allowMissing: false,
    dropAttestations: false,
    alwaysList: false,
    foldArch: false,
    ...rest,
    imagePlatforms: new Map(platforms),
    names: new Map(Object.entries(names)),
    renames: renames.map(parseRenameRule),
    ...(imageList ? { imageList } : {}),
    ...(archTag === false ? {} : { archTag }),
  };
}
