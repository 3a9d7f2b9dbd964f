import type { Notice } from "../../content/notice.ts";

/** What a run has told the operator beside its outcome, each once, so that a program is told it with the outcome (issue 21). */
export class ToldNotices {
  readonly #told = new Map<string, Notice>();

  add(notice: Notice): void {
    const { severity, subject = "", text } = notice;
    const key = [severity, subject, text].join("\n");
    if (!this.#told.has(key)) this.#told.set(key, notice);
  }

  list(): readonly Notice[] {
    return [...this.#told.values()];
  }
}
