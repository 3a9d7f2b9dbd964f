import { type AddImage, type Fields, isFields, type ListDialect } from "./list-dialect.ts";
import { joinName } from "./join-name.ts";

/** A kustomization's `images`: what they replace others with (kubectl.docs.kubernetes.io, kustomize, images). */
export const kustomizeDialect: ListDialect = {
  accepts: (document) => isFields(document) && document["kind"] === "Kustomization",
  find: ({ images }: Fields, add: AddImage) => {
    for (const [at, image] of (Array.isArray(images) ? images : []).entries()) {
      if (!isFields(image)) continue;
      const name = joinName(image["newName"] ?? image["name"], image["newTag"], image["digest"]);
      if (name !== undefined) add(name, `images[${at}]`);
    }
  },
};
