import { AirgapError } from "../oci/airgap-error.ts";

/**
 * Which step of an upload may come next, whoever asks: one at a time, and none once it is over. A cancellation, be it the
 * client's, an eviction's or a sweep's, waits for a commit under way and leaves it alone.
 */
export class UploadSteps {
  #state: "idle" | "appending" | "committing" | "over" = "idle";
  #isCancelled = false;
  #commit: Promise<unknown> = Promise.resolve();
  readonly #end: () => Promise<void>;

  /** `end` gives up all that the upload holds; it is called once, when nothing else is under way. */
  constructor(end: () => Promise<void>) {
    this.#end = end;
  }

  get isIdle(): boolean {
    return this.#state === "idle";
  }

  /** Runs a step that adds bytes; it is to call {@link check} before each. Throws `UPLOAD_BUSY` or `UPLOAD_UNKNOWN`. */
  async append(run: () => Promise<void>): Promise<void> {
    this.#begin("appending");
    try {
      await run();
    } finally {
      if (this.#isCancelled) await this.#finish();
      else this.#state = "idle";
    }
    this.check();
  }

  /** Throws `UPLOAD_UNKNOWN` where the upload was cancelled in the meantime. */
  check(): void {
    if (this.#isCancelled) throw unknownUpload();
  }

  /** Runs the last step; the upload is over either way. Throws `UPLOAD_BUSY` or `UPLOAD_UNKNOWN`. */
  commit<T>(run: () => Promise<T>): Promise<T> {
    this.#begin("committing");
    const commit = this.#runLast(run);
    this.#commit = commit.catch(() => {});
    return commit;
  }

  async #runLast<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } finally {
      await this.#finish();
    }
  }

  /** Ends the upload; false where it is over, or was about to be. */
  async cancel(): Promise<boolean> {
    if (this.#state === "idle") await this.#finish();
    else if (this.#state === "appending" && !this.#isCancelled) this.#isCancelled = true;
    else {
      await this.#commit;
      return false;
    }
    return true;
  }

  #begin(state: "appending" | "committing"): void {
    if (this.#state === "over" || this.#isCancelled) throw unknownUpload();
    if (this.#state !== "idle") {
      throw new AirgapError("UPLOAD_BUSY", "Cannot go on with the upload: another request is writing to it");
    }
    this.#state = state;
  }

  async #finish(): Promise<void> {
    this.#state = "over";
    await this.#end();
  }
}

function unknownUpload(): AirgapError {
  return new AirgapError("UPLOAD_UNKNOWN", "Cannot go on with the upload: it is over, or was cancelled");
}
