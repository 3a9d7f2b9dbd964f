import { type Digest, parseDigest } from "./digest.ts";
import { asArray, asObject, asOptionalString, asSize, asString, asStringMap } from "./json.ts";
import { isForeignLayerType } from "./media-type.ts";
import { type Platform, parsePlatformObject, platformToJson } from "./platform.ts";

/** Names content by type, size in bytes and digest (image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: ReadonlyMap<string, string>;
  readonly urls?: readonly string[];
  readonly artifactType?: string;
  /** The content itself in base64, where the descriptor embeds it. */
  readonly data?: string;
}

/** Narrows a JSON value to a descriptor; `what` names it in errors. */
export function parseDescriptor(value: unknown, what: string): Descriptor {
  const object = asObject(value, what);
  const platform = parsePlatformObject(object.get("platform"), `${what}.platform`);
  const annotations = asStringMap(object.get("annotations"), `${what}.annotations`);
  const urls = asArray(object.get("urls"), `${what}.urls`).map((url) => asString(url, `${what}.urls`));
  const data = asOptionalString(object.get("data"), `${what}.data`);
  const artifactType = asOptionalString(object.get("artifactType"), `${what}.artifactType`);
  return {
    mediaType: asOptionalString(object.get("mediaType"), `${what}.mediaType`) ?? "",
    digest: parseDigest(asString(object.get("digest"), `${what}.digest`)),
    size: asSize(object.get("size"), `${what}.size`),
    ...(platform ? { platform } : {}),
    ...(annotations.size ? { annotations } : {}),
    ...(urls.length ? { urls } : {}),
    ...(artifactType ? { artifactType } : {}),
    ...(data ? { data } : {}),
  };
}

/** The descriptor as it stands in a manifest's JSON, keys in a fixed order so that the same content has the same digest. */
export function descriptorToJson(descriptor: Descriptor): Record<string, unknown> {
  return {
    mediaType: descriptor.mediaType,
    size: descriptor.size,
    digest: descriptor.digest,
    ...(descriptor.urls?.length ? { urls: descriptor.urls } : {}),
    ...(descriptor.annotations?.size ? { annotations: Object.fromEntries(descriptor.annotations) } : {}),
    ...(descriptor.artifactType ? { artifactType: descriptor.artifactType } : {}),
    ...(descriptor.platform ? { platform: platformToJson(descriptor.platform) } : {}),
  };
}

/** Whether a layer's bytes live elsewhere, and are not to be fetched or given away (CVE-2020-15157). */
export function isForeign({ mediaType, urls }: Descriptor): boolean {
  return isForeignLayerType(mediaType) || (urls?.length ?? 0) > 0;
}
