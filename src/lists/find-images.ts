import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { AirgapError } from "../oci/airgap-error.ts";
import { chartDialect } from "./chart-images.ts";
import { composeDialect } from "./compose-images.ts";
import { imagesLockDialect } from "./images-lock.ts";
import { kubernetesDialect } from "./kubernetes-images.ts";
import { kustomizeDialect } from "./kustomize-images.ts";
import type { ListDialect } from "./list-dialect.ts";
import { type FoundImages, type ListedImage, readName } from "./listed-image.ts";
import { printable } from "../oci/printable.ts";
import { beginsAsPlainList, findOddLine, readPlainList } from "./plain-list.ts";
import { skopeoSyncDialect } from "./skopeo-sync.ts";
import { valuesDialect } from "./values-images.ts";

/** The first that accepts a document reads it; the last accepts any. */
const dialects: readonly ListDialect[] = [
  imagesLockDialect,
  kustomizeDialect,
  kubernetesDialect,
  chartDialect,
  composeDialect,
  skopeoSyncDialect,
  valuesDialect,
];

const noImages = "it is neither a name nor YAML that names images";

/** More aliases than people write make a large document out of a small text. */
const maxAliases = 1000;

/**
 * The images that a text names, told by its content: one name a line, or documents of YAML or JSON (Kubernetes, Helm's charts
 * and values, Images.lock, compose, kustomizations). `file` is what places are told by. Throws `IMAGE_LIST_INVALID`, which
 * names the line.
 */
export function findImages(text: string, file: string): FoundImages {
  const found: ListedImage[] = [];
  const odd = findOddLine(text);
  if (odd === undefined) {
    readPlainList(text, (name, place) => found.push({ name, where: `${file} ${place}` }));
  } else if (beginsAsPlainList(text)) {
    throw invalidList(file, odd.line, `"${printable(odd.text, 60)}": ${noImages}`);
  } else {
    for (const document of readDocuments(text, file)) {
      const dialect = dialects.find(({ accepts }) => accepts(document));
      dialect?.find(document as never, (name, place) => found.push({ name, where: `${file}: ${place}` }));
    }
  }
  return sortOut(found);
}

function sortOut(found: readonly ListedImage[]): FoundImages {
  const images = new Map<string, ListedImage>();
  const unread: ListedImage[] = [];
  for (const each of found) {
    const key = readName(each.name);
    if (key === undefined) unread.push(each);
    else if (!images.has(key)) images.set(key, each);
  }
  return { images: [...images.values()], unread };
}

/** A document that is a list counts as its items. */
function readDocuments(text: string, file: string): unknown[] {
  const json = /^\s*[[{]/.test(text) ? readJson(text) : undefined;
  return (json === undefined ? readYaml(text, file) : [json]).flat(1);
}

/** kubectl's JSON is large, and this is fast; what is no JSON may still be YAML. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readYaml(text: string, file: string): unknown[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, uniqueKeys: false, logLevel: "silent" });
  if ("empty" in documents) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    const { line } = lineCounter.linePos(error?.pos[0] ?? document.range?.[0] ?? 0);
    if (error) throw invalidList(file, line, error.message.split(/ at line|\n/)[0] ?? "");
    const value = expand(document, file);
    if (typeof value !== "object") throw invalidList(file, line, noImages);
    return value;
  });
}

function expand(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    throw invalidList(file, 1, error instanceof Error ? error.message : String(error));
  }
}

function invalidList(file: string, line: number, detail: string): AirgapError {
  return new AirgapError("IMAGE_LIST_INVALID", `Cannot read "${file}" line ${line}: ${detail}`, {
    exit: "usage",
    hint: "Give one image a line, or what kubectl, helm template, a chart or compose writes.",
  });
}
