import { AirgapError } from "../../oci/airgap-error.ts";
import { matchPlatforms } from "../../oci/match-platforms.ts";
import type { Family } from "../../oci/media-type.ts";
import { comparePlatforms, formatPlatform, type Platform } from "../../oci/platform.ts";
import { formatReference } from "../../oci/reference.ts";
import { isAttestation } from "../../oci/attestation.ts";
import { type OnEvent, tellNotices } from "../../transfer/report/events.ts";
import { type DraftEntry, draftEntries, platformOf } from "../../transfer/drafts/list-draft.ts";
import { publishDraft, type PublishedDraft, type SourcedEntry } from "../../transfer/drafts/publish-draft.ts";
import type { RegistryPool } from "../registries/registry-pool.ts";
import type { ListSpec, SpecImage } from "./list-spec.ts";

export interface PublishSpecOptions {
  readonly pool: RegistryPool;
  readonly family?: Family;
  /** Whether images that are not there are left out, with a warning. */
  readonly ignoreMissing: boolean;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

/** Publishes a list that was described; throws where none of its images is there. */
export async function publishSpec(spec: ListSpec, options: PublishSpecOptions): Promise<PublishedDraft> {
  const { image, tags, annotations } = spec;
  const { pool, family, onEvent, signal } = options;
  const sourced: SourcedEntry[] = [];
  for (const item of spec.manifests) sourced.push(...(await findImage(item, spec, options)));
  if (sourced.length === 0) throw nothingThere(spec);
  const target = { repository: await pool.repository(image), tags: [image.tag ?? "latest", ...tags] };
  const typed = family ? { family } : {};
  return publishDraft(sourced, target, { ...typed, annotations, onEvent, signal });
}

async function findImage(
  item: SpecImage,
  { image }: ListSpec,
  { pool, ignoreMissing, onEvent, signal }: PublishSpecOptions,
): Promise<SourcedEntry[]> {
  const repository = await pool.repository(item.image);
  try {
    const entries = choosePlatform(item, await draftEntries(item.image, repository, signal));
    return entries.map((entry) => ({ ...entry, repository, isSameStore: item.image.host === image.host }));
  } catch (error) {
    if (!ignoreMissing || !(error instanceof AirgapError) || error.code !== "IMAGE_NOT_FOUND") throw error;
    const warning = { severity: "warning", text: `left out: ${error.message}` } as const;
    tellNotices(onEvent)(warning);
    return [];
  }
}

/** What is said of a single image holds for it; of a list that image is taken. */
function choosePlatform(
  { image, platform }: SpecImage,
  entries: readonly DraftEntry[],
): readonly DraftEntry[] {
  if (!platform) return entries;
  const images = entries.filter(({ descriptor }) => !isAttestation(descriptor));
  const isAlone = images.length === 1 && images[0]?.root === images[0]?.descriptor.digest;
  const chosen = isAlone
    ? images
    : matchPlatforms(
        platform,
        images.map((entry) => ({ entry, platform: platformOf(entry) })),
      ).map(({ entry }) => entry);
  if (chosen.length > 0) {
    return chosen.map((entry) => ({
      ...entry,
      descriptor: { ...entry.descriptor, platform: completePlatform(platform, platformOf(entry)) },
    }));
  }
  const offered = images.map(platformOf).sort(comparePlatforms).map(formatPlatform).join(", ");
  throw new AirgapError(
    "PLATFORM_MISSING",
    `Cannot take ${formatPlatform(platform)} from "${formatReference(image)}": it has ${offered}`,
  );
}

/** Of what is not said (Windows' version and features, a variant), the image's own holds. */
function completePlatform(said: Platform, own: Platform): Platform {
  return said.os === own.os && said.architecture === own.architecture ? { ...own, ...said } : said;
}

function nothingThere({ image }: ListSpec): AirgapError {
  return new AirgapError(
    "IMAGE_NOT_FOUND",
    `Cannot publish "${formatReference(image)}": none of its images is there`,
    { exit: "noInput" },
  );
}
