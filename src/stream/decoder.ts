/** Something that turns bytes that it is fed into bytes that are read from it, at the reader's pace and in constant memory. */
export interface Decoder {
  /** Gives bytes, which must keep their content until `read` asks for more. Call it only when it asks. */
  feed(chunk: Uint8Array): void;
  /** Says that there are no more. */
  end(): void;
  /**
   * Gives the next bytes, one to `limit` of them: a view for the time until the next call. `"input"` asks for `feed` or
   * `end`; `"end"` says that all was given. Throws `ARCHIVE_DAMAGED`.
   */
  read(limit: number): Uint8Array | "input" | "end";
  /** Gives memory back before the end; not needed after it. */
  close?(): void;
}
