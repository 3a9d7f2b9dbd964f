import type { LoadEvent, OnEvent } from "../../transfer/report/events.ts";
import { shown } from "../output/shown.ts";
import { writeTextFile } from "./write-text-file.ts";

/** Names of a run's plan that do not stand for what it brings, or were not found to be sound: all of them, at first. */
export class UnfinishedNames {
  readonly #planned = new Set<string>();
  readonly #done = new Set<string>();

  /** A listener that takes an event down before it passes it on. */
  passOn(onEvent: OnEvent): OnEvent {
    return (event) => {
      this.#count(event);
      onEvent(event);
    };
  }

  #count(event: LoadEvent): void {
    if (event.type === "planned") for (const name of event.names) this.#planned.add(name);
    if (event.type === "published") this.#done.add(event.name);
    if (event.type === "synced" && event.outcome !== "failed") this.#done.add(event.name);
    if (event.type === "checked" && event.name !== undefined && event.isSound) this.#done.add(event.name);
  }

  get names(): readonly string[] {
    return [...this.#planned].filter((name) => !this.#done.has(name));
  }

  get planned(): number {
    return this.#planned.size;
  }
}

/** Writes source names, so that the file is the next run's `--image-list`. */
export async function writeFailedList(path: string | undefined, names: readonly string[]): Promise<void> {
  if (path === undefined) return;
  await writeTextFile("--failed-list", path, shown(names.map((name) => `${name}\n`).join("")));
}
