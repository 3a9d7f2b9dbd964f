import { isDeepStrictEqual } from "node:util";
import { AirgapError, exitCodes } from "../../oci/airgap-error.ts";
import { type Platform, unknownPlatform } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Terminal } from "../terminal.ts";
import type { JsonFlag } from "../output/json/json-option.ts";
import { writeJson } from "../output/json/write-json.ts";
import { draftsToJson } from "./draft-json.ts";
import { findEntry } from "./find-entry.ts";
import { LocalLists } from "./local-lists.ts";
import { notInList } from "./manifest-error.ts";

export interface AnnotateFlags extends JsonFlag {
  readonly arch?: string;
  readonly os?: string;
  readonly osFeatures: readonly string[];
  readonly osVersion?: string;
  readonly variant?: string;
}

/** Says of an image in a list whom it is for; what is not said stays as its config has it. */
export async function annotateList(
  list: string,
  image: string,
  flags: AnnotateFlags,
  terminal: Terminal,
): Promise<number> {
  const [name, wanted] = [parseReference(list), parseReference(image)];
  const lists = new LocalLists(terminal.env);
  const entries = await lists.read(name);
  if (!entries) throw notInList(wanted, name);
  const chosen = findEntry(entries, wanted, name);
  const platform = describePlatform(chosen.descriptor.platform ?? unknownPlatform, flags);
  const changed = { ...chosen, descriptor: { ...chosen.descriptor, platform } };
  const annotated = entries.map((entry) => (entry === chosen ? changed : entry));
  await lists.write(name, annotated);
  if (flags.json) {
    const outcome = isDeepStrictEqual(chosen, changed) ? "unchanged" : "annotated";
    writeJson(terminal, draftsToJson("manifest annotate", [{ list: name, outcome, entries: annotated }]));
  }
  return exitCodes.done;
}

function describePlatform(
  before: Platform,
  { arch, os, osFeatures, osVersion, variant }: AnnotateFlags,
): Platform {
  // A variant is one of its architecture: that of another says nothing.
  const { variant: _, ...others } = before;
  const platform: Platform = {
    ...(arch === undefined || arch === before.architecture ? before : others),
    ...(os ? { os } : {}),
    ...(arch ? { architecture: arch } : {}),
    ...(variant ? { variant } : {}),
    ...(osVersion ? { osVersion } : {}),
    ...(osFeatures.length ? { osFeatures } : {}),
  };
  if (systems.has(platform.os) && architectures.has(platform.architecture)) return platform;
  throw new AirgapError(
    "PLATFORM_UNSUPPORTED",
    `manifest entry for image has unsupported os/arch combination: ${printable(`${platform.os}/${platform.architecture}`)}`,
    {
      exit: "partial",
      hint: "Go's words are wanted: linux and amd64, arm64, arm, 386, ppc64le, s390x, riscv64.",
    },
  );
}

/** What Go builds for (go tool dist list). */
const systems: ReadonlySet<string> = new Set(
  "aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows".split(
    " ",
  ),
);
const architectures: ReadonlySet<string> = new Set(
  "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm".split(" "),
);
