import type { LoadEvent, TaskProgress } from "../../transfer/report/events.ts";
import { countNoun } from "../output/count-noun.ts";
import { Pace } from "./pace.ts";
import { describeRow, type ProgressRow } from "./progress-row.ts";
import { shareOf, UploadProgress } from "./upload-progress.ts";

type Task = Omit<TaskProgress, "activity"> & { readonly activity: string };

interface TimedTask {
  readonly task: Task;
  readonly pace: Pace;
}

/** How far a run is: nothing that is not known, and never less than before. */
export class ProgressCounts {
  readonly #now: () => number;
  readonly #tasks = new Map<string, TimedTask>();
  readonly #upload: UploadProgress;
  #checked: Extract<LoadEvent, { type: "checked" }> | undefined;
  /** Bytes of all that is checked. */
  #read = 0;
  readonly #readPace: Pace;
  /** The same with what was to be read and is no more, since its image has failed. */
  #settled = 0;
  readonly #settledPace: Pace;
  #archives = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#upload = new UploadProgress(now);
    this.#readPace = new Pace(now);
    this.#settledPace = new Pace(now);
  }

  count(event: LoadEvent): void {
    if (event.type === "scanning") {
      const { title, read, total } = event;
      this.#measure({ activity: "reading", title, bytes: { done: read, total } });
    }
    if (event.type === "scanned") {
      this.#archives++;
      this.#tasks.delete(`reading ${event.title}`);
    }
    if (event.type === "progress") this.#measure(event);
    if (event.type === "checked") {
      this.#checked = event;
    }
    this.#upload.count(event);
  }

  #measure(task: Task): void {
    const { activity, title, bytes, items, isOver = false } = task;
    const key = `${activity} ${title}`;
    const known = this.#tasks.get(key);
    if (isOver) {
      const { done = 0, total = done } = known?.task.bytes ?? {};
      if (activity === "checking") this.#settle(total - done);
      return void this.#tasks.delete(key);
    }
    const pace = known?.pace ?? new Pace(this.#now);
    this.#tasks.set(key, { task, pace });
    pace.reach((bytes ?? items)?.done ?? 0);
    if (!bytes || activity !== "checking") return;
    const more = bytes.done - (known?.task.bytes?.done ?? 0);
    this.#read += more;
    this.#readPace.reach(this.#read);
    this.#settle(more);
  }

  #settle(bytes: number): void {
    this.#settled += bytes;
    this.#settledPace.reach(this.#settled);
  }

  /** What is under way, archives first. */
  rows(): ProgressRow[] {
    return [...rowsOf(this.#tasks.values()), ...this.#checkedRows(), ...this.#upload.rows()];
  }

  #checkedRows(): ProgressRow[] {
    if (!this.#checked) return [];
    const { done, total, bytes } = this.#checked;
    const row = { label: "checking", items: [{ noun: "name", done, total }] };
    if (!bytes) return [{ ...row, share: done / Math.max(total, 1) }];
    const parts = [...this.#tasks.values()].filter(({ task }) => this.#isPart(task));
    const whole = {
      ...row,
      now: parts.slice(0, 2).map(({ task }) => task.title),
      bytes: { done: this.#settled, total: bytes.total },
      rate: this.#readPace.rate,
      ...shareOf(this.#settled, bytes.total, this.#settledPace),
    };
    return [whole];
  }

  /** A line for those who have no bars; undefined where nothing is under way. */
  describe(): string | undefined {
    const parts = this.#mainRows().map(describeRow);
    return parts.length ? parts.join("; ") : undefined;
  }

  /** How far a run came that was ended before its time: the whole, and no speed. */
  describeEnd(): string {
    const parts = [
      ...(this.#archives ? [`${countNoun(this.#archives, "archive")} read`] : []),
      ...this.#mainRows().map((row) =>
        describeRow({ ...row, rate: undefined, secondsLeft: undefined, now: [] }),
      ),
    ];
    return parts.join("; ") || "nothing was done yet";
  }

  /** What is worth a line in a log: parts of what is told as a whole are not. */
  #mainRows(): ProgressRow[] {
    const tasks = [...this.#tasks.values()].filter(({ task }) => !this.#isPart(task));
    return [...rowsOf(tasks), ...this.#checkedRows(), ...this.#upload.rows().slice(0, 1)];
  }

  #isPart({ activity }: Task): boolean {
    return this.#checked !== undefined && activity === "checking";
  }
}

function rowsOf(tasks: Iterable<TimedTask>): ProgressRow[] {
  return Array.from(tasks, ({ task, pace }) => rowOf(task, pace));
}

function rowOf({ activity, title, bytes, items }: Task, pace: Pace): ProgressRow {
  const done = bytes ?? items;
  return {
    label: `${activity} ${title}`,
    ...(items ? { items: [items] } : {}),
    bytes,
    rate: bytes ? pace.rate : undefined,
    ...shareOf(done?.done ?? 0, done?.total, pace),
  };
}
