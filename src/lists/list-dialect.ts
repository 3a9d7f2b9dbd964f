/** Takes an image's name, and the place in its document that has it: `spec.containers[0].image`. */
export type AddImage = (name: string, place: string) => void;

/** A kind of document that names images. */
export interface ListDialect {
  /** Whether a document, as YAML or JSON give it, is of this kind. */
  readonly accepts: (document: unknown) => boolean;
  /** Adds all images that it names. */
  readonly find: (document: never, add: AddImage) => void;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object with fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
