import { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";
import { resolveLocation } from "../http/resolve-location.ts";

export interface UploadLocation {
  readonly url: URL;
  /** Whether scheme or port were put right, because a proxy hides the registry's own from it. */
  readonly corrected: boolean;
}

/**
 * Where an upload goes on, from a `Location` in any of its forms: relative, absolute, without a scheme. On the
 * registry's own host the scheme and port that it is reached by hold, since a registry behind a TLS proxy often names
 * its inner ones (distribution#2225). Throws `LOCATION_INVALID`.
 */
export function resolveUploadLocation(
  header: string | undefined,
  requested: URL,
  action: string,
): UploadLocation {
  if (header === undefined) throw invalidLocation(action, "the registry names no upload address");
  const url = resolveLocation(header, requested);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw invalidLocation(action, `the registry names "${printable(header)}" as upload address`);
  }
  if (url.hostname === requested.hostname) {
    const corrected = url.origin !== requested.origin;
    url.protocol = requested.protocol;
    url.port = requested.port;
    return { url, corrected };
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && requested.protocol === "http:")) {
    return { url, corrected: false };
  }
  throw invalidLocation(
    action,
    `the registry sends the upload to "${printable(url.origin)}", which is not https`,
  );
}

/** The address with which an upload is committed: what the registry put into the query stays as it is. */
export function commitUrl(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.search = `${url.search}${url.search ? "&" : "?"}digest=${encodeURIComponent(digest)}`;
  return url;
}

function invalidLocation(action: string, detail: string): AirgapError {
  return new AirgapError("LOCATION_INVALID", `Cannot ${action}: ${detail}`, {
    exit: "protocol",
    hint: "Correct the registry's external address, or what its proxy passes on (X-Forwarded-Proto, Host).",
  });
}
