/** Something that the operator should know, about one image or the whole run. */
export interface Notice {
  /** `rancher/pause:3.1 linux/arm/v7`; none where it is about the run. */
  readonly subject?: string;
  readonly text: string;
  /** A note is said and does not count for `--strict`. */
  readonly severity: "warning" | "note";
}
