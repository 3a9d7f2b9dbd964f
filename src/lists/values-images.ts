import type { AddImage, ListDialect } from "./list-dialect.ts";
import { walkImages } from "./walk-images.ts";

/** Any other document: a chart's values, lists of names, whatever has fields for images. */
export const valuesDialect: ListDialect = {
  accepts: () => true,
  find: (document: unknown, add: AddImage) => {
    if (typeof document === "string") add(document, "a list of names");
    else walkImages(document, add);
  },
};
