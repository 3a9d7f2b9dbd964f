import { type AddImage, type Fields, isFields, type ListDialect } from "./list-dialect.ts";

/** `Images.lock`, which `dt charts lock` writes: every image of a chart and its dependencies. */
export const imagesLockDialect: ListDialect = {
  accepts: (document) => isFields(document) && document["kind"] === "ImagesLock",
  find: ({ images }: Fields, add: AddImage) => {
    for (const [at, entry] of (Array.isArray(images) ? images : []).entries()) {
      if (isFields(entry) && typeof entry["image"] === "string") add(entry["image"], `images[${at}].image`);
    }
  },
};
