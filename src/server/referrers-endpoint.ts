import { type Descriptor, descriptorToJson } from "../oci/descriptor.ts";
import { asObject, asOptionalString, asStringMap, parseJson } from "../oci/json.ts";
import { parseManifest } from "../oci/manifest.ts";
import { mediaTypes } from "../oci/media-type.ts";
import { type Exchange, sendJson } from "./exchange.ts";
import { requireDigest } from "./route.ts";

/** The manifests whose subject is a digest, as an index (spec.md#listing-referrers; end-12). */
export async function sendReferrers(exchange: Exchange): Promise<void> {
  const referrers = await findReferrers(exchange);
  const artifactType = exchange.query.get("artifactType");
  const wanted = referrers.filter(
    (referrer) => artifactType === null || referrer.artifactType === artifactType,
  );
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.oci.index,
    manifests: wanted.map(descriptorToJson),
  };
  sendJson(exchange.response, 200, index, {
    "content-type": mediaTypes.oci.index,
    ...(artifactType === null ? {} : { "oci-filters-applied": "artifactType" }),
  });
}

async function findReferrers({ storage, route }: Exchange): Promise<Descriptor[]> {
  const { repository } = route;
  const subject = requireDigest(route.reference);
  const found: Descriptor[] = [];
  for (const digest of await storage.listManifests(repository)) {
    const raw = await storage.readManifest(repository, digest);
    if (!raw) continue;
    const manifest = parseManifest(raw.bytes, `manifest "${digest}"`, raw.descriptor.mediaType);
    if (manifest.subject?.digest === subject) found.push(describeReferrer(manifest));
  }
  return found.sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** An image manifest without a type of its own is of its config's type; an index without one has none. */
function describeReferrer(manifest: ReturnType<typeof parseManifest>): Descriptor {
  const object = asObject(parseJson(manifest.bytes, { what: "the referrer" }), "the referrer");
  const fallback = manifest.kind === "manifest" ? manifest.config.mediaType : undefined;
  const artifactType = asOptionalString(object.get("artifactType"), "its artifactType") ?? fallback;
  return {
    ...manifest.descriptor,
    annotations: asStringMap(object.get("annotations"), "its annotations"),
    ...(artifactType ? { artifactType } : {}),
  };
}
