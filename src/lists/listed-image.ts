import { formatReference, parseReference } from "../oci/reference.ts";

/** An image that a list names. */
export interface ListedImage {
  /** As it is written there. */
  readonly name: string;
  /** For people: `images.txt line 3`, `app.yaml: Deployment default/web, spec.template.spec.containers[0].image`. */
  readonly where: string;
}

/** What a text names: its images, each once, and what looks like one and cannot be read, as `${TAG}` without a default. */
export interface FoundImages {
  readonly images: readonly ListedImage[];
  readonly unread: readonly ListedImage[];
}

/** The name in full; nothing where text is none. */
export function readName(text: string): string | undefined {
  try {
    return formatReference(parseReference(text));
  } catch {
    return undefined;
  }
}

/** Whether text can hardly be anything else than an image's name: a host, a path, and a tag or a digest. */
export function isQualifiedName(text: string): boolean {
  const hasHost = /^(?:[^/\s]*[.:][^/\s]*|localhost)\/\S+$/.test(text);
  const hasVersion = /:\w[\w.-]*$|@sha256:[0-9a-f]{64}$/.test(text);
  return hasHost && hasVersion && readName(text) !== undefined;
}
