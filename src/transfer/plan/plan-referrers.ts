import type { SourceReferrer } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type Digest, shortDigest } from "../../oci/digest.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import { formatTarget } from "../report/target-name.ts";
import { digestsOf } from "./plan-image.ts";
import { nameTarget, type NamingOptions } from "./name-target.ts";
import type { PlannedArtifact } from "./plan-artifacts.ts";
import type { PlannedList } from "./planned-list.ts";
import type { GivenSource } from "./planned-image.ts";
import type { WantedNames } from "./wanted-names.ts";
import type { Notice } from "../../content/notice.ts";
import { groupBy } from "../../content/group-by.ts";
import type { Steps } from "../../content/turns.ts";

/** What will be published, and where: what refers to it can follow. */
interface Published {
  readonly lists: readonly Pick<PlannedList, "source" | "target" | "entries" | "verbatim">[];
  readonly artifacts: readonly PlannedArtifact[];
}

/** A repository that will have a digest, by its names outside and inside. */
interface Place {
  readonly source: Reference;
  readonly repository: string;
}

/** By what is there, and by their path. */
type Places = Map<Digest, Map<string, Place>>;

/** Each of many referrers may go to each of many names. */
const maxPlanned = 20_000;

/**
 * Where the archives' referrers go: to every repository that gets their subject, or of those to the one that they were found
 * in; a subject comes before what refers to it. What has a tag of its own and no subject here is carried as it is (decision
 * 13); what cannot follow, since its subject gets another digest, is told.
 */
export function* planReferrers(
  sources: readonly GivenSource[],
  published: Published,
  options: NamingOptions,
  wanted?: WantedNames,
): Steps<{ readonly artifacts: readonly PlannedArtifact[]; readonly warnings: readonly Notice[] }> {
  const places = listPlaces(published);
  const planned = new Map<string, PlannedArtifact>();
  const waiting = groupBy(
    sources.flatMap(({ source }) => source.referrers),
    ({ subject }) => subject,
  );
  const subjects = [...places.keys()];
  // It grows by what goes there, of which others may speak in turn.
  for (const subject of subjects) {
    const following = waiting.get(subject) ?? [];
    waiting.delete(subject);
    for (const referrer of following) {
      yield;
      place(referrer, places, options, planned);
      subjects.push(referrer.manifest.descriptor.digest);
    }
  }
  const owners = waiting.size > 0 ? listOwners(published.lists) : new Map<Digest, string>();
  const warnings: Notice[] = [];
  for (const referrer of [...waiting.values()].flat()) {
    yield;
    const own = wanted ? [] : planOwnTag(referrer, options);
    for (const artifact of own) planned.set(keyOf(artifact), artifact);
    if (own.length === 0 && (!wanted || owners.has(referrer.subject))) {
      warnings.push(sayLeftBehind(referrer, owners.get(referrer.subject)));
    }
  }
  return { artifacts: [...planned.values()], warnings };
}

function keyOf({ target, artifact }: PlannedArtifact): string {
  return `${formatTarget(target)} ${artifact.manifest.descriptor.digest}`;
}

function listPlaces({ lists, artifacts }: Published): Places {
  const places: Places = new Map();
  for (const { source, target, entries, verbatim } of lists) {
    const add = (digest: Digest | undefined): void =>
      addPlace(places, digest, { source, repository: target.repository });
    add(verbatim?.index.descriptor.digest);
    for (const { manifest } of verbatim?.attestations ?? []) add(manifest.descriptor.digest);
    for (const { image } of entries) {
      if (image.keepsManifest) add(image.sourceImage.manifest?.descriptor.digest);
    }
  }
  for (const { source, target, artifact } of artifacts) {
    for (const { descriptor } of [artifact.manifest, ...(artifact.parts ?? [])]) {
      addPlace(places, descriptor.digest, { source, repository: target.repository });
    }
  }
  return places;
}

function addPlace(places: Places, digest: Digest | undefined, place: Place): void {
  if (!digest) return;
  const known = places.get(digest) ?? new Map<string, Place>();
  if (!known.has(place.repository)) known.set(place.repository, place);
  places.set(digest, known);
}

function tooMany(): AirgapError {
  return new AirgapError(
    "ARCHIVE_INVALID",
    `Cannot publish these archives: what refers to their images would go to more than ${maxPlanned} places`,
    { hint: "If they are meant so, load them in parts: --image-list FILE." },
  );
}

/** Plans a referrer where its subject goes. */
function place(
  referrer: SourceReferrer,
  places: Places,
  options: NamingOptions,
  planned: Map<string, PlannedArtifact>,
): void {
  const { digest } = referrer.manifest.descriptor;
  const chosen = choosePlaces(referrer, [...(places.get(referrer.subject)?.values() ?? [])], options);
  for (const { source, repository } of chosen) {
    const reference = referrer.tag ?? digest;
    const { host, repository: path } = source;
    const artifact: PlannedArtifact = {
      source: { host, repository: path, ...(referrer.tag ? { tag: referrer.tag } : { digest }) },
      target: { repository, tag: reference },
      artifact: referrer,
      subject: referrer.subject,
    };
    planned.set(keyOf(artifact), artifact);
    if (planned.size > maxPlanned) throw tooMany();
    addPlace(places, digest, { source, repository });
  }
}

/** Those that it was found in, by name outside or inside; where that is none of them, all. */
function choosePlaces(
  { names }: SourceReferrer,
  places: readonly Place[],
  options: NamingOptions,
): readonly Place[] {
  const scope = names.flatMap(readName);
  const outside = new Set(scope.map(({ host, repository }) => `${host}/${repository}`));
  const inside = new Set(scope.map((name) => nameTarget(name, options).repository));
  const found = places.filter(({ source }) => outside.has(`${source.host}/${source.repository}`));
  if (found.length > 0) return found;
  const fitting = places.filter(({ repository }) => inside.has(repository));
  return fitting.length > 0 ? fitting : places;
}

function planOwnTag(referrer: SourceReferrer, options: NamingOptions): PlannedArtifact[] {
  return referrer.names.flatMap(readName).flatMap((source) => {
    if (source.tag === undefined || source.tag !== referrer.tag) return [];
    return [{ source, target: nameTarget(source, options), artifact: referrer }];
  });
}

/** By the digests that archives have, a list that will be published with another one. */
function listOwners(lists: Published["lists"]): Map<Digest, string> {
  const owners = new Map<Digest, string>();
  for (const { entries, target } of lists) {
    for (const { image } of entries) {
      for (const digest of digestsOf(image.sourceImage)) {
        if (!owners.has(digest)) owners.set(digest, formatTarget(target));
      }
    }
  }
  return owners;
}

function sayLeftBehind({ manifest, subject, tag }: SourceReferrer, owner: string | undefined): Notice {
  const what = `${tag ?? shortDigest(manifest.descriptor.digest)}, which refers to ${shortDigest(subject)}, stays behind`;
  if (owner === undefined) return { severity: "warning", text: `${what}: these archives do not have that` };
  return { severity: "warning", subject: owner, text: `${what}: it is published with another digest` };
}

function readName(name: string): Reference[] {
  try {
    return [parseReference(name)];
  } catch (error) {
    if (error instanceof AirgapError) return [];
    throw error;
  }
}
