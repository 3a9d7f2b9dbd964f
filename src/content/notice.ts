/** Something that the operator should know, about one image or the whole run. */
export interface Notice {
  /** `rancher/pause:3.1 linux/arm/v7`; none where it is about the run. */
  readonly subject?: string;
  readonly text: string;
  /** A note is said and does not count for `--strict`. */
  readonly severity: "warning" | "note";
}

/** The one way to the operator for what is no failure. */
export type OnNotice = (notice: Notice) => void;

/** Something odd that does no harm, about the whole run. */
export function note(text: string): Notice {
  return { severity: "note", text };
}
