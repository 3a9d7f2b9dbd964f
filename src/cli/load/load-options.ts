import type { LoadOptions } from "../../load-archives.ts";
import { readFormatFlags } from "../options/format-options.ts";
import { pickTrustFiles } from "../files/read-trust.ts";
import { readArchTags } from "../options/arch-tags-option.ts";
import type { LoadFlags } from "../options/load-flags.ts";
import { type Destination, type GivenArchive, readArchiveOptions } from "../options/load-request.ts";
import { readRegistryOptions } from "../registries/open-registry-store.ts";
import type { Terminal } from "../terminal.ts";

/** The command line as the library takes it. */
export async function readLoadOptions(
  archives: readonly GivenArchive[],
  { host, prefix }: Destination,
  flags: LoadFlags,
  terminal: Terminal,
): Promise<LoadOptions> {
  const { to, offline = false, archTag, compressionLevel } = flags;
  const archTags = readArchTags(flags);
  const registry = offline || to !== undefined ? {} : await readRegistryOptions(flags, terminal);
  return {
    ...(await readArchiveOptions(archives, flags, prefix, terminal)),
    to: to === undefined ? { ...registry, registry: host } : { layout: to },
    offline,
    dryRun: flags.dryRun ?? false,
    onExisting: flags.onExisting,
    ...readFormatFlags(flags),
    archTag: archTags !== "never" && archTag,
    archTags,
    dropAttestations: flags.dropAttestations ?? false,
    alwaysList: flags.alwaysList ?? false,
    reuseLayers: flags.reuseLayers ?? false,
    layerCompression: flags.layerCompression,
    ...(compressionLevel === undefined ? {} : { compressionLevel }),
    ...pickTrustFiles(flags),
    require: flags.require,
    strict: flags.strict ?? false,
  };
}
