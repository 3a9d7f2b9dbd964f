import type { SourceImage } from "../../content/image-source.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlannedList } from "../plan/planned-list.ts";

/** Gives an image's temp files back once every list that it is in has taken its manifest. */
export class Releases {
  readonly #pending = new Map<SourceImage, number>();

  constructor(plan: Plan) {
    for (const { entries } of plan.lists) {
      for (const { image } of entries) {
        this.#pending.set(image.sourceImage, (this.#pending.get(image.sourceImage) ?? 0) + 1);
      }
    }
  }

  async staged(list: PlannedList): Promise<void> {
    for (const { image } of list.entries) {
      const left = (this.#pending.get(image.sourceImage) ?? 0) - 1;
      this.#pending.set(image.sourceImage, left);
      if (left === 0) await image.given.source.release(image.sourceImage);
    }
  }
}
