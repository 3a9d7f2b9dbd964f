import { descriptorToJson } from "../../oci/descriptor.ts";
import { mediaTypes } from "../../oci/media-type.ts";
import { findReferrers } from "../../storage/find-referrers.ts";
import { type Exchange, sendJson } from "../http/exchange.ts";
import { requireDigest } from "../http/route.ts";

/** The manifests whose subject is a digest, as an index (spec.md#listing-referrers; end-12). */
export async function sendReferrers({ storage, route, query, response }: Exchange): Promise<void> {
  const referrers = await findReferrers(storage, route.repository, requireDigest(route.reference));
  const artifactType = query.get("artifactType");
  const wanted = referrers.filter(
    (referrer) => artifactType === null || referrer.artifactType === artifactType,
  );
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.oci.index,
    manifests: wanted.map(descriptorToJson),
  };
  sendJson(response, 200, index, {
    "content-type": mediaTypes.oci.index,
    ...(artifactType === null ? {} : { "oci-filters-applied": "artifactType" }),
  });
}
