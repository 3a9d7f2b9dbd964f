import { parseAllDocuments } from "yaml";
import { AirgapError } from "../../oci/airgap-error.ts";
import { asArray, asObject, asString, asStringMap } from "../../oci/json.ts";
import { parsePlatformObject, type Platform, spellPlatform } from "../../oci/platform.ts";
import { isTag, parseReference } from "../../oci/reference.ts";
import type { ListSpec, SpecImage } from "./list-spec.ts";
import { specError } from "./spec-error.ts";

/** Reads lists in the YAML of manifest-tool's from-spec, a document each. Throws `SPEC_INVALID` and `REFERENCE_INVALID`. */
export function parseSpec(text: string, path: string): ListSpec[] {
  try {
    const lists = readDocuments(text).map((document) => parseList(document, path));
    if (lists.length === 0) throw specError(`"${path}" is empty`);
    return lists;
  } catch (error) {
    if (error instanceof AirgapError && error.code === "JSON_INVALID") throw specError(error.message, error);
    throw error;
  }
}

/** Every scalar as text: a tag of 1.10 is not the number 1.1. */
function readDocuments(text: string): unknown[] {
  const documents = [parseAllDocuments(text, { schema: "failsafe" })].flat();
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw specError(error.message.split(":\n")[0] ?? "", error);
    const value: unknown = document.toJS({ mapAsMap: true, maxAliasCount: 100 });
    return isEmpty(value) ? [] : [value];
  });
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function parseList(value: unknown, what: string): ListSpec {
  const document = asObject(value, what);
  const tags = optional(document.get("tags"), []);
  const annotations = optional(document.get("annotations"), new Map());
  const manifests = asArray(optional(document.get("manifests"), []), `${what}: manifests`);
  if (manifests.length === 0) throw specError("it has no manifests");
  return {
    image: parseReference(asString(document.get("image"), `${what}: image`)),
    tags: asArray(tags, `${what}: tags`).map((tag) => parseTag(asString(tag, `${what}: tags`))),
    annotations: asStringMap(annotations, `${what}: annotations`),
    manifests: manifests.map((item) => parseImage(item, `${what}: manifests`)),
  };
}

function optional(value: unknown, otherwise: unknown): unknown {
  return isEmpty(value) ? otherwise : value;
}

/** Throws `SPEC_INVALID` for what is no tag. */
export function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw specError(`"${text}" is not a tag`);
}

function parseImage(value: unknown, what: string): SpecImage {
  const entry = asObject(value, what);
  const image = parseReference(asString(entry.get("image"), `${what}: image`));
  const platform = parsePlatformObject(optional(entry.get("platform"), undefined), `${what}: platform`);
  return { image, platform: platform && describePlatform(platform) };
}

/** manifest-tool takes both words from the config where both lack, and refuses one without the other. */
function describePlatform(platform: Platform): Platform | undefined {
  if (platform.os === "" && platform.architecture === "") return undefined;
  if (platform.os !== "" && platform.architecture !== "") return spellPlatform(platform);
  throw specError("a platform has os without architecture, or architecture without os");
}
