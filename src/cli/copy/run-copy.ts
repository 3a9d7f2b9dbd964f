import type { JsonFlag } from "../output/json/json-option.ts";
import { readSum } from "../../archive-options.ts";
import { type ChecksumFlags, readChecksumFlags } from "../options/checksum-options.ts";
import { expectChecksum } from "../options/checksums.ts";
import { type ArchTagsFlag, readArchTags } from "../options/arch-tags-option.ts";
import type { FormatFlags } from "../options/format-options.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { exitCodes } from "../../oci/airgap-error.ts";
import { formatReference } from "../../oci/reference.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { publishedToJson } from "../output/json/report-json.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import { whyAllKept } from "../../transfer/format/kept-digest.ts";
import { convertAsked, type FormatOptions } from "../../transfer/copy/copy-in-family.ts";
import { selectImages } from "../../transfer/graph/select-images.ts";
import { readTrust } from "../files/read-trust.ts";
import { readSince } from "../files/read-since.ts";
import type { SinceFlags } from "../inventory/since-option.ts";
import { checkCopied } from "./check-copied.ts";
import { type CopyOutcome, copyTo } from "./copy-to.ts";
import { parseLocation, type Location } from "../registries/location.ts";
import { openCopySource } from "../registries/open-copy-source.ts";
import { formatMovedTag } from "../output/moved-tag.ts";
import { type CommandContext, type ProgressFlags, withProgress } from "../progress/progress-options.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { connectionWords } from "../registries/connection-words.ts";
import { RegistryPool } from "../registries/registry-pool.ts";
import type { SignatureFlags } from "../options/signature-options.ts";
import { readSourceFlags } from "../options/source-registry-options.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

/** The options of `copy` as commander hands them over. */
export interface CopyFlags
  extends
    RegistryFlags,
    ProgressFlags,
    ArchTagsFlag,
    SignatureFlags,
    FormatFlags,
    ChecksumFlags,
    SinceFlags,
    JsonFlag {
  readonly platform: readonly string[];
  readonly all?: boolean;
  readonly indexOnly?: boolean;
  readonly referrers?: boolean;
  readonly tempDir?: string;
  readonly maxInflated?: number;
}

/** Copies one image from place to place; resolves to the exit code. */
export async function runCopy(
  from: string,
  to: string,
  flags: CopyFlags,
  terminal: Terminal,
): Promise<number> {
  const ends = { from: parseLocation(from), to: parseLocation(to) };
  checkFlags(ends, flags);
  const copied = await withProgress(flags, terminal, (context) => copy(ends, context));
  const { title, digest, previous } = copied;
  if (previous) terminal.stderr.write(shown(formatMovedTag(copied, previous, connectionWords(flags))));
  const report = ends.to.transport !== "docker" && ends.to.path === "-" ? terminal.stderr : terminal.stdout;
  if (flags.json) writeJson(terminal, publishedToJson("copy", [{ ...copied, source: from }]), report);
  else report.write(shown(`${title}@${digest}\n`));
  return exitCodes.done;
}

interface Ends {
  readonly from: Location;
  readonly to: Location;
}

function checkFlags({ from, to }: Ends, flags: CopyFlags): void {
  const { platform, all, indexOnly, referrers } = flags;
  if (from.transport !== "docker" && from.path === "-" && flags.passwordStdin) {
    throw usageError(
      "Cannot read both an archive and a password from standard input",
      "Sign in with docker login first, or give the archive as a file.",
    );
  }
  if ([platform.length > 0, all, indexOnly].filter(Boolean).length > 1) {
    throw usageError("Cannot copy: --platform, --all and --index-only exclude each other");
  }
  if (flags.checksums.length > 0 && (from.transport === "docker" || from.transport === "oci")) {
    throw usageError("Cannot check what is no archive against --checksums");
  }
  if (flags.since.length > 0 && to.transport !== "oci-archive") {
    throw usageError(
      "Cannot leave anything out with --since but of an image layout in an archive",
      "Copy to oci-archive:FILE, and load that where the rest is.",
    );
  }
  const isArchive = to.transport === "docker-archive" || to.transport === "oci-archive";
  if (isArchive && (referrers || indexOnly)) {
    throw usageError(
      "Cannot copy an index alone, or referrers, into an archive",
      "Copy to a folder, oci:FOLDER:NAME, or to a registry.",
    );
  }
}

async function copy(
  { from, to }: Ends,
  { flags, terminal, onEvent }: CommandContext<CopyFlags>,
): Promise<CopyOutcome> {
  const { signal } = terminal;
  const onNotice = tellNotices(onEvent);
  const trust = await readTrust(flags);
  const sums = await readChecksumFlags(flags);
  const known = await readSince(flags.since, terminal);
  const targetHost = to.transport === "docker" ? to.reference.host : undefined;
  const sourceFlags = readSourceFlags(flags, targetHost === undefined);
  await using pool = new RegistryPool({
    flagsFor: (host) => (host === targetHost ? flags : sourceFlags),
    terminal,
    onNotice,
  });
  await using source = await openCopySource(from, {
    pool,
    terminal,
    tempDir: flags.tempDir,
    maxInflated: flags.maxInflated,
    ...(sums && from.transport !== "docker"
      ? { expectedSha256: readSum(expectChecksum(sums, from.path)) }
      : {}),
    ...(known ? { known } : {}),
    onNotice,
    onEvent,
  });
  const selection = await selectImages(source.root, source.content, {
    platforms: flags.platform.map(parsePlatform),
    attestations: flags.referrers ?? false,
    unwrap: true,
    signal,
  });
  const asked = from.transport === "docker" ? from.reference : undefined;
  if (trust) await checkCopied(source, asked, selection, trust, { onNotice, signal });
  const { indexOnly = false, referrers = false } = flags;
  const format: FormatOptions = {
    format: flags.format,
    held: whyAllKept({ ...flags, trust }),
    pinned: to.transport === "docker" ? to.reference.digest : undefined,
    referrers: referrers ? source.repository : undefined,
    subject: from.transport === "docker" ? formatReference(from.reference) : from.path,
    onNotice,
    signal,
  };
  const { root, content } = await convertAsked({ root: selection.root, content: source.content }, format);
  const archTags = readArchTags(flags);
  const options = { pool, terminal, indexOnly, referrers, archTags, format, known, onEvent, signal };
  return await copyTo(to, { ...source, content }, { ...selection, root }, options);
}
