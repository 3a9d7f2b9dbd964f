import { type AddImage, type Fields, isFields } from "./list-dialect.ts";
import { joinName } from "./join-name.ts";
import { isQualifiedName, readName } from "./listed-image.ts";

/** Deeper than any document that people write. */
const maxDepth = 200;

/** A field that holds an image: `image`, `baseImage`, `sidecar_image`. */
const imageKey = /^(?:image|\w*(?:Image|[_-]image|IMAGE))$/;

/**
 * Adds the images of everything below a value: fields named for images, whole or in parts (`repository`, `tag`, `digest`), lists
 * of them, variables, arguments, and texts that hold YAML themselves. What `isSkipped` says by its path is not looked into.
 */
export function walkImages(
  value: unknown,
  add: AddImage,
  isSkipped: (path: string) => boolean = () => false,
  path = "",
  depth = 0,
): void {
  if (typeof value === "string") readText(value, path, add);
  if (typeof value !== "object" || value === null || depth > maxDepth || isSkipped(path)) return;
  for (const [key, field] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${path}[${key}]` : `${path}${path && "."}${key}`;
    const isDone = isFields(value) && readField(key, field, value, (name) => add(name, place));
    if (!isDone) walkImages(field, add, isSkipped, place, depth + 1);
  }
}

/** Whether the field is an image, or all there is to know of one. */
function readField(key: string, field: unknown, owner: Fields, add: (name: string) => void): boolean {
  if (typeof field === "string") return readStringField(key, field, owner, add);
  if (isFields(field)) {
    const name = joinParts(field);
    const isImage = name !== undefined && (imageKey.test(key) || "tag" in field || "digest" in field);
    if (isImage) add(name);
    return isImage;
  }
  const isList =
    /images$/i.test(key) && Array.isArray(field) && field.every((item) => typeof item === "string");
  if (isList) for (const name of field) add(name);
  return isList;
}

/** `image` is an image whatever it says; another field only where it looks like one: `osImage: Ubuntu 22.04` is none. */
function readStringField(key: string, text: string, owner: Fields, add: (name: string) => void): boolean {
  const isVariable = key === "value" && /(?:^|_)IMAGE(?:_|$)/i.test(String(owner["name"]));
  if (!imageKey.test(key) && !isVariable) return false;
  const isImage = key === "image" ? text !== "" : isName(text) || /\$\{|\{\{/.test(text);
  if (isImage) add(text);
  return true;
}

function isName(text: string): boolean {
  return /[/:]/.test(text) && !text.includes("://") && readName(text) !== undefined;
}

/** The name that a chart's values give in parts; nothing where they do not. */
function joinParts({ registry, repository, image, name, tag, digest }: Fields): string | undefined {
  if ((repository ?? tag ?? digest) === undefined) return undefined;
  const joined = joinName(repository ?? image ?? name, tag, digest);
  return joined !== undefined && typeof registry === "string" && registry !== ""
    ? `${registry}/${joined}`
    : joined;
}

/** Arguments (`--reloader=quay.io/a/b:1`), and texts with lines of YAML: a ConfigMap's template of a sidecar. */
function readText(text: string, path: string, add: AddImage): void {
  if (!text.includes("\n")) {
    const word = text.replace(/^--?[\w.-]+[= ]/, "");
    if (isQualifiedName(word)) add(word, path);
    return;
  }
  const fields = /^[\s-]*["']?\w*[iI]mage["']?:[ \t]*["']?([^\s"'#,}]+)/gm;
  for (const [, name = ""] of text.matchAll(fields)) if (isName(name)) add(name, path);
}
