import type { SourceImage } from "../content/image-source.ts";
import { digestHex } from "../oci/digest.ts";

/** Whether text is an image's ID, or at least 12 hex digits of its beginning. */
export function isImageIDOf(text: string, image: SourceImage): boolean {
  const prefix = text.replace(/^sha256:/, "");
  return /^[0-9a-f]{12,64}$/.test(prefix) && digestHex(image.config.digest).startsWith(prefix);
}
