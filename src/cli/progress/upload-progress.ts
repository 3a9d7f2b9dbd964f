import type { ImageParts, LoadEvent } from "../../transfer/report/events.ts";
import { ImageProgress } from "./image-progress.ts";
import { Pace } from "./pace.ts";
import type { ProgressRow } from "./progress-row.ts";

type EventOf<Type extends LoadEvent["type"]> = Extract<LoadEvent, { type: Type }>;

/** An image under way, and the pace at which it comes to be there. */
interface Bringing {
  readonly image: ImageProgress;
  readonly pace: Pace;
}

/** What is brought where it goes: in all, and image by image. */
export class UploadProgress {
  readonly #now: () => number;
  readonly #images = new Map<string, Bringing>();
  /** What images of the plan are made of, as far as it is known; nothing of what is there already. */
  readonly #parts = new Map<string, ImageParts>();
  /** Blobs of which nobody says whose they are, and of what was not planned. */
  readonly #others = new ImageProgress();
  readonly #sentPace: Pace;
  readonly #pace: Pace;
  readonly #published = new Set<string>();
  #planned: EventOf<"planned"> | undefined;
  #done = 0;
  #blobs = 0;
  /** Where they are read from. */
  #bytes = 0;
  #sent = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#sentPace = new Pace(now);
    this.#pace = new Pace(now);
  }

  count(event: LoadEvent): void {
    if (event.type === "planned") this.#planned = event;
    if (event.type === "published") this.#published.add(event.name);
    if (event.type === "prepared") this.#done++;
    if (event.type === "synced") {
      this.#done++;
      this.#images.delete(event.title);
      if (!this.#parts.has(event.title)) this.#parts.set(event.title, { blobs: 0, bytes: 0 });
    }
    if (event.type === "bringing") this.#begin(event.image, event.parts);
    if (event.type === "uploading") {
      this.#change(event.image, (image) => void (this.#sent += image.send(event)));
      this.#sentPace.reach(this.#sent);
    }
    if (event.type === "blob") this.#change(event.image, (image) => image.finishBlob(event));
    if (event.type === "brought") this.#finish(event);
  }

  #begin(name: string, parts: ImageParts): void {
    if (this.#images.has(name)) return;
    this.#parts.set(name, parts);
    this.#images.set(name, { image: new ImageProgress(parts), pace: new Pace(this.#now) });
  }

  #finish({ image: name, isWhole }: EventOf<"brought">): void {
    if (isWhole) this.#change(name, (image) => image.finish());
    this.#images.delete(name);
  }

  #change(name: string | undefined, change: (image: ImageProgress) => void): void {
    const known = name === undefined ? undefined : this.#images.get(name);
    if (!known) return change(this.#others);
    const { image, pace } = known;
    const before = { blobs: image.blobs, bytes: image.bytes };
    change(image);
    this.#blobs += image.blobs - before.blobs;
    this.#bytes += image.bytes - before.bytes;
    pace.reach(image.bytes);
    this.#pace.reach(this.#bytes);
  }

  /** One for all, and one for each image under way. */
  rows(): ProgressRow[] {
    const total = this.#total();
    const coming = this.#imageRows(total === undefined);
    const blobs = this.#blobs + (total ? 0 : this.#others.blobs);
    if (blobs === 0 && this.#sent === 0 && this.#done === 0 && this.#images.size === 0) return [];
    const { images = 0, names = [] } = this.#planned ?? {};
    const published = { noun: "name", done: this.#published.size, total: names.length };
    const row: ProgressRow = {
      label: "uploading",
      items: [
        ...(images === 1 ? [] : [{ noun: "image", done: this.#done, total: images || undefined }]),
        { noun: "blob", done: Math.min(blobs, total?.blobs ?? Infinity), total: total?.blobs },
        ...(this.#published.size ? [published] : []),
      ],
      sent: this.#sent,
      rate: this.#sentPace.rate,
      ...shareOf(this.#bytes, total?.bytes, this.#pace),
      now: coming.slice(0, 2).map(({ label }) => label),
    };
    return [row, ...coming];
  }

  /** Of all, as soon as it is known of each. */
  #total(): ImageParts | undefined {
    const { parts, titles } = this.#planned ?? {};
    if (parts || !titles) return parts;
    const wanted = new Set(titles);
    const known = [...wanted].flatMap((title) => this.#parts.get(title) ?? []);
    if (known.length < wanted.size) return undefined;
    return {
      blobs: known.reduce((sum, { blobs }) => sum + blobs, 0),
      bytes: known.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** Of those that come in; others wait for their turn. How long one takes is told where nobody knows it of all. */
  #imageRows(isTimed: boolean): ProgressRow[] {
    const coming = [...this.#images].filter(([, { image }]) => isUnderWay(image));
    return coming.map(([name, bringing]) => rowOf(name, bringing, isTimed));
  }
}

/** Of a share below this nobody can tell how long the rest will take. */
const leastShare = 0.01;

function isUnderWay({ bytes, parts }: ImageProgress): boolean {
  return parts !== undefined && bytes >= leastShare * parts.bytes;
}

function rowOf(name: string, { image, pace }: Bringing, isTimed: boolean): ProgressRow {
  const { blobs, bytes, parts } = image;
  const { share, secondsLeft } = shareOf(bytes, parts?.bytes, pace);
  return {
    label: name,
    items: [{ noun: "blob", done: blobs, total: parts?.blobs }],
    bytes: { done: Math.floor(bytes), total: parts?.bytes },
    share,
    ...(isTimed ? { rate: pace.rate, secondsLeft } : {}),
  };
}

/** How much of a total is done, and how long the rest will take. */
export function shareOf(
  done: number,
  total: number | undefined,
  pace: Pace,
): Pick<ProgressRow, "share" | "secondsLeft"> {
  if (total === undefined) return {};
  const share = total === 0 ? 1 : Math.min(done / total, 1);
  const isKnown = share >= leastShare && share < 1;
  return { share, ...(isKnown ? { secondsLeft: pace.secondsUntil(total) } : {}) };
}
