import { parsePlatform } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import type { ListSpec, SpecImage } from "./list-spec.ts";
import { parseTag } from "./parse-spec.ts";
import { specError } from "./spec-error.ts";

export interface TemplateArguments {
  readonly platforms: readonly string[];
  /** An image's name in which OS, ARCH and VARIANT stand for a platform's words. */
  readonly template: string;
  readonly target: string;
  readonly tags: readonly string[];
  /** `key=value` */
  readonly annotations: readonly string[];
}

/** Describes a list as manifest-tool's from-args does: an image for each platform, named by a template. */
export function expandTemplate(args: TemplateArguments): ListSpec {
  return {
    image: parseReference(args.target),
    tags: args.tags.map(parseTag),
    annotations: new Map(args.annotations.map(parseAnnotation)),
    manifests: args.platforms.map((platform) => nameImage(args.template, platform)),
  };
}

/** The words go in as they are written: `v8` where a name has it. */
function nameImage(template: string, text: string): SpecImage {
  const platform = parsePlatform(text);
  const [os = "", architecture = "", variant = ""] = text.includes("/")
    ? text.split("/")
    : [platform.os, text];
  const name = template
    .replace("OS", () => os.replace(/\(.*/, ""))
    .replace("ARCH", () => architecture)
    .replace("VARIANT", () => variant);
  return { image: parseReference(name), platform };
}

function parseAnnotation(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw specError(`the annotation "${text}" is not KEY=VALUE`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
