import type { Notice } from "../../content/notice.ts";
import { type OnEvent, tellNotices } from "./events.ts";
import { tellTogether } from "./tell-together.ts";

/** What a run has found odd. It is told once, however often it is found: a list is looked at when it is staged and when it is published. */
export class NoticeLog {
  readonly notices: Notice[] = [];
  readonly #known = new Set<string>();
  readonly #onEvent: OnEvent;
  #tellNow: OnEvent;

  constructor(onEvent: OnEvent) {
    this.#onEvent = onEvent;
    this.#tellNow = onEvent;
  }

  add(...notices: readonly Notice[]): void {
    for (const notice of notices) {
      const key = `${notice.subject ?? ""}\n${notice.text}`;
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      this.notices.push(notice);
      tellNotices(this.#tellNow)(notice);
    }
  }

  /** Does work, and tells what is found meanwhile when it is done ({@link tellTogether}). */
  together<T>(work: () => Promise<T>): Promise<T> {
    return tellTogether(this.#onEvent, (onEvent) => {
      this.#tellNow = onEvent;
      return work();
    });
  }
}
