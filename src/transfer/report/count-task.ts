import type { OnEvent, TaskProgress } from "./events.ts";

/** Counts things that are dealt with one by one, and tells of it (issue 21). */
export class CountTask {
  readonly #told: Pick<TaskProgress, "activity" | "title"> & { readonly noun: string };
  readonly #onEvent: OnEvent;
  readonly #total: number | undefined;
  #done = 0;

  constructor(
    told: Pick<TaskProgress, "activity" | "title"> & { readonly noun: string },
    onEvent: OnEvent,
    total?: number,
  ) {
    this.#told = told;
    this.#onEvent = onEvent;
    this.#total = total;
    this.#tell();
  }

  /** One more is dealt with. */
  add(): void {
    this.#done++;
    this.#tell();
  }

  end(): void {
    const { activity, title } = this.#told;
    this.#onEvent({ type: "progress", activity, title, isOver: true });
  }

  #tell(): void {
    const { activity, title, noun } = this.#told;
    const items = { noun, done: this.#done, total: this.#total };
    this.#onEvent({ type: "progress", activity, title, items });
  }
}

/** All repositories of a registry, one after the other; a single one has no count. */
export async function* countRepositories<T>(repositories: readonly T[], onEvent: OnEvent): AsyncGenerator<T> {
  const told = { activity: "looking through", title: "the registry", noun: "repository" } as const;
  const isCounted = repositories.length > 1;
  const task = isCounted ? new CountTask(told, onEvent, repositories.length) : undefined;
  try {
    for (const repository of repositories) {
      yield repository;
      task?.add();
    }
  } finally {
    task?.end();
  }
}
