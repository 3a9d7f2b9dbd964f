import { type Shown, shown } from "../output/shown.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { formatSkopeo, readConfig } from "./skopeo-text.ts";
import { formatReference } from "../../oci/reference.ts";
import type { JsonObject } from "../../oci/json.ts";
import { describeImage, imageFacts, SingleFact } from "../../transfer/inspect/describe-image.ts";
import { measureImages } from "../../transfer/inspect/measure-images.ts";
import { listVerbose } from "../output/list-verbose.ts";
import type { Location } from "../registries/location.ts";
import { type CopySource, openCopySource } from "../registries/open-copy-source.ts";
import type { InspectedImage } from "../output/json/inspected-image.ts";
import { formatBuildInfo } from "./build-info-text.ts";
import { formatImage } from "./image-text.ts";
import { formatImageTree } from "./image-tree.ts";
import { formatVerbose } from "../output/manifest-json.ts";
import type { RegistryPool } from "../registries/registry-pool.ts";
import { parseTemplate } from "./template/parse-template.ts";
import { runTemplate } from "./template/run-template.ts";
import type { OnEvent } from "../../transfer/report/events.ts";
import type { Terminal } from "../terminal.ts";

export interface ImageForm {
  /** The bytes as they are. */
  readonly raw?: boolean;
  /** A Go template. */
  readonly format?: string;
  /** As `docker manifest inspect --verbose`. */
  readonly verbose?: boolean;
  readonly tree?: boolean;
  /** As `skopeo inspect`. */
  readonly skopeo?: boolean;
  /** The config, with `raw` byte for byte. */
  readonly config?: boolean;
  /** Which image of a list those two are of. */
  readonly platform?: string;
}

export interface InspectImageOptions {
  readonly pool: RegistryPool;
  readonly terminal: Terminal;
  readonly tempDir: string | undefined;
  readonly maxInflated: number | undefined;
  readonly onEvent: OnEvent;
}

/** Tells of one image what is asked for, by default what `docker buildx imagetools inspect` tells. */
export async function inspectImage(
  location: Location,
  form: ImageForm,
  options: InspectImageOptions,
): Promise<Shown | Uint8Array> {
  await using source = await openCopySource(location, { ...options, onNotice: () => undefined });
  const { root, content } = source;
  const { signal } = options.terminal;
  const name = nameOf(location, source);
  const platform = form.platform === undefined ? undefined : parsePlatform(form.platform);
  if (form.config) {
    const { bytes, text } = await readConfig(source, platform, signal);
    return form.raw ? bytes : shown(text);
  }
  if (form.skopeo) return shown(await formatSkopeo(source, repositoryName(location), platform, signal));
  if (form.raw) return root.bytes;
  if (form.format !== undefined) return shown(await fillTemplate(form.format, name, source, signal));
  if (form.verbose) {
    return shown(formatVerbose(await listVerbose(name, root, content, signal), root.kind === "index"));
  }
  if (form.tree) return shown(formatImageTree(name, root, await measureImages(root, content, signal)));
  return shown(formatImage(name, root));
}

/** The same for a program, in parts. */
export async function measureImage(
  location: Location,
  options: InspectImageOptions,
): Promise<InspectedImage> {
  await using source = await openCopySource(location, { ...options, onNotice: () => undefined });
  const measured = await measureImages(source.root, source.content, options.terminal.signal);
  return { name: nameOf(location, source), root: source.root, ...measured };
}

function repositoryName(location: Location): string | undefined {
  if (location.transport !== "docker") return undefined;
  const { host, repository } = location.reference;
  return `${host}/${repository}`;
}

function nameOf(location: Location, { name }: CopySource): string {
  if (location.transport === "docker") return formatReference(location.reference);
  return location.name ?? name ?? location.path;
}

async function describeBuildInfo(
  name: string,
  { root, content }: Pick<CopySource, "root" | "content">,
  signal: AbortSignal,
): Promise<string> {
  const { buildinfo } = Object.fromEntries(await describeImage(name, root, content, ["buildinfo"], signal));
  const infos = buildinfo instanceof SingleFact ? new Map([["", buildinfo]]) : buildinfo;
  return formatBuildInfo(name, infos as ReadonlyMap<string, JsonObject>);
}

/** `{{.Manifest}}` and `{{.BuildInfo}}` alone are texts, as for docker. Only what a template speaks of is fetched. */
async function fillTemplate(
  format: string,
  name: string,
  { root, content }: CopySource,
  signal: AbortSignal,
): Promise<string> {
  if (/^\{\{\s*\.Manifest\s*\}\}$/.test(format)) return formatImage(name, root);
  if (/^\{\{\s*\.BuildInfo\s*\}\}$/.test(format)) return describeBuildInfo(name, { root, content }, signal);
  const nodes = parseTemplate(format);
  const isWhole = /[\s({|]\.(?=[\s)}|])/.test(format);
  const facts = imageFacts.filter(
    (fact) => new RegExp(`\\.${fact}\\b`, "i").test(format) || (isWhole && fact === "image"),
  );
  const text = runTemplate(nodes, await describeImage(name, root, content, facts, signal));
  return text.endsWith("\n") ? text : `${text}\n`;
}
