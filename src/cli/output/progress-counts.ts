import type { LoadEvent } from "../../transfer/report/events.ts";
import { countNoun } from "./count-noun.ts";
import { formatBytes } from "../../content/byte-size.ts";

/** How far a run is, told in words: nothing that is not known, and never less than before. */
export class ProgressCounts {
  readonly #reading = new Map<string, { read: number; total: number | undefined }>();
  readonly #sent = new Map<string, number>();
  readonly #now: () => number;
  readonly #start: number;
  #bytes = 0;
  #blobs = 0;
  #images = 0;
  #planned: number | undefined;
  #checked = "";
  #repository = "";

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#start = now();
  }

  count(event: LoadEvent): void {
    if (event.type === "scanning") this.#reading.set(event.title, event);
    if (event.type === "scanned") this.#reading.delete(event.title);
    if (event.type === "planned") this.#planned = event.images;
    if (event.type === "prepared") this.#images++;
    if (event.type === "checked") {
      this.#checked = `checking: ${event.done} of ${countNoun(event.total, "name")}`;
    }
    if (event.type === "blob") {
      this.#blobs++;
      this.#repository = event.repository;
    }
    if (event.type === "uploading") this.#send(event.digest, event.sent);
  }

  /** A try that starts again takes nothing back. */
  #send(digest: string, sent: number): void {
    const before = this.#sent.get(digest) ?? 0;
    if (sent <= before) return;
    this.#bytes += sent - before;
    this.#sent.set(digest, sent);
  }

  /** Images whose blobs are all there, and of how many, once that is known. */
  get prepared(): { readonly done: number; readonly planned: number | undefined } {
    return { done: this.#images, planned: this.#planned };
  }

  /** `17 of 24 images, 31 blobs, 1.2 GB sent, 12.0 MB/s, rancher/pause`; empty before anything is. */
  describeUpload(): string {
    if (this.#blobs === 0 && this.#bytes === 0) return "";
    const seconds = Math.max((this.#now() - this.#start) / 1000, 0.001);
    return [
      this.#planned === undefined
        ? countNoun(this.#images, "image")
        : `${this.#images} of ${countNoun(this.#planned, "image")}`,
      countNoun(this.#blobs, "blob"),
      `${formatBytes(this.#bytes)} sent`,
      `${formatBytes(Math.round(this.#bytes / seconds))}/s`,
      ...(this.#repository ? [this.#repository] : []),
    ].join(", ");
  }

  /** A line for those who have no bars; undefined where nothing is under way. */
  describe(): string | undefined {
    const reading = [...this.#reading].map(([title, { read, total }]) =>
      total === undefined
        ? `reading ${title}: ${formatBytes(read)}`
        : `reading ${title}: ${formatBytes(read)} of ${formatBytes(total)}`,
    );
    const upload = this.describeUpload();
    const parts = [
      ...reading,
      ...(upload ? [`uploading: ${upload}`] : []),
      ...(this.#checked ? [this.#checked] : []),
    ];
    return parts.length ? parts.join("; ") : undefined;
  }
}
