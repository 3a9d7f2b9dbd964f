import type { FixConfig, PlatformPolicy } from "../../../content/option-words.ts";
import type { SourceImage } from "../../../content/image-source.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../../../oci/platform.ts";
import { askBinaries, type BinaryVote, isVote } from "./binary-witness.ts";

export interface WitnessOptions {
  readonly policy: PlatformPolicy;
  readonly fixConfig: FixConfig;
  /** What the operator says of the archive; a variant counts where one was given (decision 2). */
  readonly flag?: Platform;
  /** What the operator says of this one image: the last word. */
  readonly override?: Platform;
}

export type Verdict =
  | {
      readonly kind: "settled";
      readonly platform: Platform;
      /** Whether the config is to be rewritten to say `platform`. */
      readonly fixConfig: boolean;
      /** What was found odd, a clause each; empty where all witnesses agree. */
      readonly findings: readonly string[];
      /** Whether a witness was outvoted, which makes the findings a warning and not a note. */
      readonly contested: boolean;
      /** What its binaries are for, where machines of the given architecture merely run them as well. */
      readonly runsAs: Platform | undefined;
    }
  | { readonly kind: "unsettled"; readonly reason: string; readonly suggestion: Platform | undefined };

/**
 * Settles which platform an image is for, from what the operator, the index, the config and the binaries in the layers say
 * (decisions 1 to 5; k3s-io/k3s#1285 for configs that lie).
 */
export function settlePlatform(image: SourceImage, options: WitnessOptions): Verdict {
  const answer = askBinaries(
    image.config,
    image.layers.map((layer) => layer.contents),
  );
  const witnesses: Witnesses = {
    flag: options.flag,
    descriptor: known(image.claimedPlatform),
    config: known(image.config.platform),
    binaries: isVote(answer) ? answer : undefined,
  };
  const election = elect(witnesses, options);
  if ("reason" in election) return { kind: "unsettled", ...election };
  const { platform, assumedVariant } = complete(election.architecture, witnesses, options);
  const outvoted = listOutvoted(platform, witnesses, options);
  const findings = [...outvoted, ...election.findings];
  if (answer && !isVote(answer)) findings.push(answer.abstained);
  if (assumedVariant) findings.push("nothing names its arm variant: v7 is assumed");
  return {
    kind: "settled",
    platform,
    fixConfig: wantsFix(platform, image, options),
    findings,
    contested: outvoted.length > 0 || election.findings.length > 0,
    runsAs: election.findings.length > 0 ? foundPlatform(witnesses) : undefined,
  };
}

interface Witnesses {
  readonly flag: Platform | undefined;
  readonly descriptor: Platform | undefined;
  readonly config: Platform | undefined;
  readonly binaries: BinaryVote | undefined;
}

function known(platform: Platform | undefined): Platform | undefined {
  if (!platform || !platform.architecture || platform.architecture === "unknown") return undefined;
  return normalizePlatform(platform);
}

interface Elected {
  readonly architecture: string;
  readonly findings: readonly string[];
}

interface NotElected {
  readonly reason: string;
  readonly suggestion: Platform | undefined;
}

function elect(witnesses: Witnesses, options: WitnessOptions): Elected | NotElected {
  const { flag, descriptor, config, binaries } = witnesses;
  if (options.override) return { architecture: options.override.architecture, findings: [] };
  const written = (descriptor ?? config)?.architecture;
  if (options.policy === "config") return orNothing(config?.architecture ?? descriptor?.architecture);
  if (options.policy === "flag") return orNothing(flag?.architecture ?? written);
  const claimed = flag?.architecture ?? written;
  if (!binaries) return orNothing(claimed);
  if (claimed === undefined || claimed === binaries.architecture) {
    return { architecture: binaries.architecture, findings: [] };
  }
  if (runsOn(binaries.architecture, claimed)) {
    return {
      architecture: claimed,
      findings: [
        `its binaries are ${binaries.architecture} (${binaries.evidence}), which ${claimed} machines run`,
      ],
    };
  }
  if (!flag) return { architecture: binaries.architecture, findings: [] };
  return {
    reason: `its archive was given as ${claimed}, its binaries are ${binaries.architecture} (${binaries.evidence})`,
    suggestion: foundPlatform(witnesses),
  };
}

/** What the binaries say. */
function foundPlatform({ descriptor, config, binaries }: Witnesses): Platform | undefined {
  if (!binaries) return undefined;
  return { os: (descriptor ?? config)?.os || "linux", architecture: binaries.architecture };
}

function orNothing(architecture: string | undefined): Elected | NotElected {
  if (architecture !== undefined) return { architecture, findings: [] };
  return {
    reason: "neither its archive, nor its config, nor a binary in it names an architecture",
    suggestion: undefined,
  };
}

/** Whether machines of an architecture run binaries of another one as a matter of course (decision 3). */
export function runsOn(binaries: string, machine: string): boolean {
  return (machine === "amd64" && binaries === "386") || (machine === "arm64" && binaries === "arm");
}

/** The elected architecture with what the witnesses that agree on it add: OS, variant, OS version. */
function complete(
  architecture: string,
  witnesses: Witnesses,
  options: WitnessOptions,
): { platform: Platform; assumedVariant: boolean } {
  const { flag, descriptor, config } = witnesses;
  const ranked = [options.override, options.policy === "config" ? undefined : flag, descriptor, config];
  const agreeing = ranked.filter((platform) => platform?.architecture === architecture);
  const variant = agreeing.find((platform) => platform?.variant)?.variant;
  const written = descriptor ?? config;
  const osVersion = options.override?.osVersion ?? written?.osVersion;
  const assumedVariant = architecture === "arm" && variant === undefined;
  const platform = normalizePlatform({
    os: options.override?.os ?? (written?.os || flag?.os || "linux"),
    architecture,
    ...(assumedVariant ? { variant: "v7" } : variant ? { variant } : {}),
    ...(osVersion ? { osVersion } : {}),
    ...(written?.osFeatures ? { osFeatures: written.osFeatures } : {}),
  });
  return { platform, assumedVariant };
}

function listOutvoted(platform: Platform, witnesses: Witnesses, options: WitnessOptions): string[] {
  const { architecture } = platform;
  const { flag, descriptor, config, binaries } = witnesses;
  const said: string[] = [];
  if (descriptor && descriptor.architecture !== architecture) {
    said.push(`its index entry says ${descriptor.architecture}`);
  }
  if (!config) said.push("its config names no architecture");
  else if (config.architecture !== architecture) said.push(`its config says ${config.architecture}`);
  if (flag && flag.architecture !== architecture) said.push(`its archive was given as ${flag.architecture}`);
  if (binaries && binaries.architecture !== architecture && !runsOn(binaries.architecture, architecture)) {
    said.push(`its binaries are ${binaries.architecture} (${binaries.evidence})`);
  }
  if (said.length === 0) return variantContradiction(platform, witnesses);
  return [`${said.join(" and ")}, ${sayReason(architecture, witnesses, options)}`];
}

function sayReason(architecture: string, witnesses: Witnesses, options: WitnessOptions): string {
  const { flag, descriptor, binaries } = witnesses;
  const isGiven = flag?.architecture === architecture;
  const evidence =
    binaries?.architecture === architecture ? `its binaries (${binaries.evidence})` : undefined;
  if (isGiven) return `its archive was given as ${architecture}${evidence ? ` and so are ${evidence}` : ""}`;
  if (evidence) return `${evidence} are ${architecture}`;
  const isAsked = options.override !== undefined || options.policy !== "verify";
  if (!isAsked && descriptor?.architecture === architecture) return `its index entry says ${architecture}`;
  return `taken as ${architecture} as asked`;
}

function variantContradiction(platform: Platform, { descriptor, config }: Witnesses): string[] {
  const written = descriptor ?? config;
  if (!written?.variant || !platform.variant || written.variant === platform.variant) return [];
  return [
    `its ${descriptor ? "index entry" : "config"} says ${formatPlatform(written)}, taken as ${formatPlatform(platform)} as asked`,
  ];
}

function wantsFix(platform: Platform, image: SourceImage, options: WitnessOptions): boolean {
  if (options.policy === "config" || options.fixConfig === "never") return false;
  if (image.manifest && options.fixConfig === "auto") return false;
  const written = known(image.config.platform);
  return (
    written === undefined ||
    written.architecture !== platform.architecture ||
    contradictsVariant(written, platform)
  );
}

function contradictsVariant(written: Platform, platform: Platform): boolean {
  return written.variant !== undefined && written.variant !== platform.variant;
}
