import { type AddImage, type Fields, isFields, type ListDialect } from "./list-dialect.ts";

/** A compose file (compose-spec): the images of its services, with the defaults of their variables. */
export const composeDialect: ListDialect = {
  accepts: (document) => isFields(document) && isFields(document["services"]),
  find: ({ services }: Fields, add: AddImage) => {
    for (const [name, service] of Object.entries(services as Fields)) {
      if (isFields(service) && typeof service["image"] === "string") {
        add(fillIn(service["image"]), `services.${name}.image`);
      }
    }
  },
};

/** `${TAG:-1.0}` and `${TAG-1.0}` become their default; a variable without one stays as it is, since it is not known here. */
function fillIn(text: string): string {
  return text.replace(/\$\{\w+:?-([^}]*)\}/g, "$1").replaceAll("$$", "$");
}
