import type { SourceReferrer } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { repositoryAnnotation } from "./own-annotations.ts";
import { cosignSubject, cosignTag, type CosignSuffix } from "../../oci/subject-tags.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest, sha256Digest } from "../../oci/digest.ts";
import { asArray, asObject, asOptionalString, type JsonObject, parseJson } from "../../oci/json.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { findBlob } from "../index/blob-entry.ts";
import type { OciArtifact, RootSubject } from "./oci-content.ts";
import type { OpenedArchive } from "./opened-archive.ts";
import { nameKey } from "../../oci/reference.ts";

/** The images and lists at the root of an archive by their names, looked at once however many signatures ask. */
export class SubjectNames {
  readonly #all: ReadonlySet<Digest>;
  readonly #byName = new Map<string, Set<Digest>>();

  constructor(subjects: readonly RootSubject[]) {
    this.#all = new Set(subjects.map(({ digest }) => digest));
    for (const { digest, names } of subjects) {
      for (const key of names.map(nameKey)) {
        const named = this.#byName.get(key);
        if (named) named.add(digest);
        else this.#byName.set(key, new Set([digest]));
      }
    }
  }

  /** The one that has any of these names; `cosign save` gives none, and saves one image. */
  find(names: readonly string[]): Digest | undefined {
    const fitting = names.length === 0 ? this.#all : new Set(names.flatMap((name) => this.#named(name)));
    const [only] = fitting;
    return fitting.size === 1 ? only : undefined;
  }

  #named(name: string): Digest[] {
    return [...(this.#byName.get(nameKey(name)) ?? [])];
  }
}

const kinds: ReadonlyMap<string, CosignSuffix> = new Map([
  ["sigs", "sig"],
  ["atts", "att"],
  ["sboms", "sbom"],
]);

/**
 * What a manifest that is no image says of whom: by its subject, by cosign's tag, or by the kind that cosign and hauler list
 * it under, which speaks of the image of the same name. Undefined for what refers to nothing.
 */
export async function readReferrer(
  archive: OpenedArchive,
  { artifact, names, entries }: OciArtifact,
  subjects: SubjectNames,
): Promise<SourceReferrer | undefined> {
  const all = [...names.containerd, ...names.ref];
  const scope = entries.flatMap(({ annotations }) => annotations?.get(repositoryAnnotation) ?? []);
  const base = { ...artifact, names: [...scope, ...all] };
  for (const tag of [...names.tags, ...all.map(tagOf)]) {
    const subject = cosignSubject(tag);
    if (subject) return { ...base, subject, tag };
  }
  const own = artifact.manifest.subject?.digest;
  if (own) return { ...base, subject: own };
  const suffix = entries.map(suffixOf).find((found) => found !== undefined);
  if (!suffix) return undefined;
  const subject = (await readSigned(archive, artifact.manifest)) ?? subjects.find(all);
  return subject && { ...base, subject, tag: cosignTag(subject, suffix) };
}

function tagOf(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}

function suffixOf({ annotations }: Descriptor): CosignSuffix | undefined {
  const [, kind = ""] =
    /^dev\.(?:hauler|cosignproject\.cosign)\/(\w+)$/.exec(annotations?.get("kind") ?? "") ?? [];
  return kinds.get(kind);
}

/** The digest that a signature or an attestation is about, out of what is signed; what cannot be read says nothing. */
async function readSigned(
  archive: OpenedArchive,
  manifest: Manifest | ImageIndex,
): Promise<Digest | undefined> {
  const [layer] = manifest.kind === "manifest" ? manifest.layers : [];
  const entry = layer && findBlob(archive, layer);
  if (!entry) return undefined;
  try {
    const what = "what is signed";
    const payload = asObject(parseJson(await archive.metadata.list(entry), { what }), what);
    return signedImage(payload) ?? attestedImage(payload);
  } catch (error) {
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}

/** `{"critical":{"image":{"docker-manifest-digest":...}}}` (containers/image, simple signing). */
function signedImage(payload: JsonObject): Digest | undefined {
  if (!payload.has("critical")) return undefined;
  const image = asObject(asObject(payload.get("critical"), "critical").get("image"), "image");
  const digest = asOptionalString(image.get("docker-manifest-digest"), "its digest") ?? "";
  return isDigest(digest) ? digest : undefined;
}

/** A DSSE envelope around an in-toto statement. */
function attestedImage(envelope: JsonObject): Digest | undefined {
  const text = Buffer.from(asOptionalString(envelope.get("payload"), "payload") ?? "", "base64");
  const statement = asObject(parseJson(text, { what: "the statement" }), "the statement");
  const [subject] = asArray(statement.get("subject"), "subject");
  const digests = asObject(asObject(subject, "subject").get("digest"), "digest");
  const hex = asOptionalString(digests.get("sha256"), "sha256") ?? "";
  return /^[0-9a-f]{64}$/.test(hex) ? sha256Digest(hex) : undefined;
}
