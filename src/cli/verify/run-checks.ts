import pLimit from "p-limit";
import type { Repository, Store } from "../../content/repository.ts";
import { unknownPlatform } from "../../oci/platform.ts";
import { BlobTask } from "../../transfer/report/blob-task.ts";
import type { OnEvent } from "../../transfer/report/events.ts";
import { titleTarget } from "../../transfer/report/target-name.ts";
import type { StartedCheck, VerifiedList } from "../../transfer/verify/verified-list.ts";
import type { ExpectedList } from "../../transfer/verify/verify-list.ts";
import { concernsOne } from "../registries/concerns-one.ts";
import { type CheckedList, isFlawed } from "./verification.ts";

/** What is to be looked at under one name. */
export interface Check extends Pick<ExpectedList, "source" | "target"> {
  readonly start: (repository: Repository, task: BlobTask) => Promise<StartedCheck>;
}

export interface RunChecksOptions {
  readonly store: Store;
  readonly counts: CheckCounts;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

/** Names worked on at a time. */
const parallelChecks = 4;
/** Of more names not all lists are held in memory before the first is checked. */
const mostAhead = 500;

/**
 * Runs checks. Lists are read ahead, so that it is soon known how much there is to read in all. What a registry refuses is told
 * for its image; where it cannot be reached there is no more to tell, and the error is thrown.
 */
export async function runChecks(checks: readonly Check[], options: RunChecksOptions): Promise<CheckedList[]> {
  const turns = { start: pLimit(parallelChecks), finish: pLimit(parallelChecks) };
  const atOnce = { start: takeNoTurn, finish: takeNoTurn };
  return await Promise.all(
    checks.map((check) =>
      checks.length <= mostAhead
        ? runCheck(check, turns, options)
        : turns.finish(() => runCheck(check, atOnce, options)),
    ),
  );
}

type Turn = <T>(work: () => Promise<T>) => Promise<T>;

interface Turns {
  readonly start: Turn;
  readonly finish: Turn;
}

function takeNoTurn<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

async function runCheck(check: Check, turns: Turns, options: RunChecksOptions): Promise<CheckedList> {
  const { source, target } = check;
  const repository = options.store.repository(target.repository);
  const title = titleTarget(repository.title, target.tag);
  const task = new BlobTask({ activity: "checking", title }, options.onEvent);
  let list: VerifiedList;
  try {
    const started = await startCounted(
      () => turns.start(() => check.start(repository, task)),
      options.counts,
    );
    list = await turns.finish(() => finishTold(started, task));
  } catch (error) {
    if (!concernsOne(error, options.signal)) throw error;
    const problems = [error.message, ...(error.hint?.split("\n") ?? [])];
    list = { source, title, images: [{ platform: unknownPlatform, problems, notes: [] }] };
  }
  options.counts.finish(source, !isFlawed(list));
  return { ...list, target };
}

async function startCounted(start: () => Promise<StartedCheck>, counts: CheckCounts): Promise<StartedCheck> {
  let bytes = 0;
  try {
    const started = await start();
    bytes = started.parts.bytes;
    return started;
  } finally {
    counts.start(bytes);
  }
}

async function finishTold({ parts, finish }: StartedCheck, task: BlobTask): Promise<VerifiedList> {
  if (parts.blobs > 0) task.expect(parts);
  try {
    return await finish();
  } finally {
    task.end();
  }
}

/** Tells how many names are checked, and how much there is to read of all once all lists are known. */
export class CheckCounts {
  readonly #total: number;
  readonly #reads: boolean;
  readonly #onEvent: OnEvent;
  #started = 0;
  #done = 0;
  #bytes = 0;

  constructor(total: number, reads: boolean, onEvent: OnEvent) {
    this.#total = total;
    this.#reads = reads;
    this.#onEvent = onEvent;
    this.#tell();
  }

  start(bytes: number): void {
    this.#bytes += bytes;
    if (++this.#started === this.#total) this.#tell();
  }

  finish(name: string, isSound: boolean): void {
    this.#done++;
    this.#tell({ name, isSound });
  }

  #tell(last: { readonly name?: string; readonly isSound?: boolean } = {}): void {
    const bytes = { total: this.#started === this.#total ? this.#bytes : undefined };
    this.#onEvent({
      type: "checked",
      done: this.#done,
      total: this.#total,
      ...last,
      ...(this.#reads ? { bytes } : {}),
    });
  }
}
