import { type Digest, digestHex } from "./digest.ts";

/** Whether text is in the form of an image's ID, or of at least 12 hex digits of its beginning. */
export function isImageID(text: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{12,64}$/.test(text);
}

/** Whether text is an image's ID, or at least 12 hex digits of its beginning. */
export function isImageIDOf(text: string, id: Digest): boolean {
  return isImageID(text) && digestHex(id).startsWith(text.replace(/^sha256:/, ""));
}
