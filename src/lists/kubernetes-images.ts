import { type AddImage, type Fields, isFields, type ListDialect } from "./list-dialect.ts";
import { walkImages } from "./walk-images.ts";

/** What a cluster says of itself, and copies of what was applied. */
const skipped = /^(?:status|metadata\.(?:managedFields|annotations))$/;

/** Resources of Kubernetes, lists of them, and whatever else has a kind, custom resources among them. */
export const kubernetesDialect: ListDialect = {
  accepts: (document) => isFields(document) && typeof document["kind"] === "string",
  find: findInResource,
};

function findInResource(resource: Fields, add: AddImage): void {
  const { kind, items } = resource;
  if (Array.isArray(items) && String(kind).endsWith("List")) {
    for (const item of items) if (isFields(item)) findInResource(item, add);
    return;
  }
  const title = describeResource(resource);
  walkImages(
    resource,
    (name, place) => add(name, `${title}, ${place}`),
    (path) => skipped.test(path),
  );
}

/** `Deployment default/web` */
function describeResource({ kind, metadata }: Fields): string {
  const { name, namespace } = isFields(metadata) ? metadata : ({} as Fields);
  const path = [namespace, name].filter((part) => typeof part === "string").join("/");
  return [kind, path].filter((part) => typeof part === "string" && part !== "").join(" ");
}
