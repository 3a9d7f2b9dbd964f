import { parseDocument } from "yaml";
import { type AddImage, type Fields, isFields, type ListDialect } from "./list-dialect.ts";
import { walkImages } from "./walk-images.ts";

/** Annotations whose value is a YAML list of images: Artifact Hub's, Helm's, Bitnami's. */
const annotationKeys: readonly string[] = ["artifacthub.io/images", "helm.sh/images", "images"];

/** A chart's `Chart.yaml`, whose annotations may tell its images. */
export const chartDialect: ListDialect = {
  accepts: (document) =>
    isFields(document) &&
    /^v[12]$/.test(String(document["apiVersion"])) &&
    typeof document["name"] === "string",
  find: ({ annotations }: Fields, add: AddImage) => {
    for (const key of annotationKeys) {
      const text = isFields(annotations) ? annotations[key] : undefined;
      if (typeof text === "string") readAnnotation(text, `annotations["${key}"]`, add);
    }
  },
};

function readAnnotation(text: string, place: string, add: AddImage): void {
  const document = parseDocument(text);
  // Told as what it is, a name that cannot be read.
  if (document.errors.length > 0) return add(text, place);
  const value: unknown = document.toJS();
  const addBelow: AddImage = (name, path) => add(name, `${place}${path}`);
  if (!Array.isArray(value)) return walkImages(value, addBelow);
  for (const [at, item] of value.entries()) {
    if (typeof item === "string") addBelow(item, `[${at}]`);
    else walkImages(item, addBelow, undefined, `[${at}]`);
  }
}
