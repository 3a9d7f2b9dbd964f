import { applyEdits, modify } from "jsonc-parser";
import { AirgapError } from "./airgap-error.ts";
import { type Digest, digestOf, parseDigest } from "./digest.ts";
import {
  asArray,
  asObject,
  asOptionalString,
  asString,
  foldKeys,
  parseJson,
  rejectCaseTwins,
} from "./json.ts";
import { type Platform, parsePlatformObject, unknownPlatform } from "./platform.ts";
import { printable } from "./printable.ts";

/** What an image's config says that a loader needs (image-spec, config.md). */
export interface ImageConfig {
  readonly bytes: Uint8Array;
  /** Also known as the image ID. */
  readonly digest: Digest;
  /** As written: either word may be empty. */
  readonly platform: Platform;
  readonly diffIDs: readonly Digest[];
  /** `Entrypoint` then `Cmd`: what would be executed. An entrypoint of one empty word is none (moby, daemon/create.go). */
  readonly command: readonly string[];
  /** The `PATH` its command is looked up in; undefined where runtimes set theirs, null where the config takes that away. */
  readonly path: string | null | undefined;
  readonly workingDir: string;
}

/** Narrows a config's JSON; throws `CONFIG_INVALID` or `JSON_INVALID`. */
export function parseImageConfig(bytes: Uint8Array, what: string): ImageConfig {
  const document = asObject(parseJson(bytes, { what }), what);
  rejectCaseTwins(document, what);
  const object = foldKeys(document);
  const rootfs = object.get("rootfs");
  if (!(rootfs instanceof Map)) {
    throw new AirgapError(
      "CONFIG_INVALID",
      `Cannot read ${printable(what)}: it has no rootfs, so it is not an image's config`,
    );
  }
  const run = object.get("config");
  const settings =
    run instanceof Map ? foldKeys(asObject(run, `${what}.config`)) : new Map<string, unknown>();
  return {
    bytes,
    digest: digestOf(bytes),
    platform: parsePlatformObject(object, what) ?? unknownPlatform,
    diffIDs: asArray(foldKeys(asObject(rootfs, what)).get("diff_ids"), `${what}.rootfs.diff_ids`).map((id) =>
      parseDigest(asString(id, `${what}.rootfs.diff_ids`)),
    ),
    command: [...entrypointOf(settings, what), ...strings(settings.get("cmd"), what)],
    path: pathOf(strings(settings.get("env"), what)),
    workingDir: asOptionalString(settings.get("workingdir"), `${what}.config.WorkingDir`) ?? "/",
  };
}

function entrypointOf(settings: ReadonlyMap<string, unknown>, what: string): readonly string[] {
  const words = strings(settings.get("entrypoint"), what);
  return words.length === 1 && words[0] === "" ? [] : words;
}

/** The last one counts; one without a `=` takes it away (containerd, pkg/oci/spec_opts.go; moby, container/env.go). */
function pathOf(environment: readonly string[]): string | null | undefined {
  const last = environment.findLast((item) => item === "PATH" || item.startsWith("PATH="));
  return last === "PATH" ? null : last?.slice("PATH=".length);
}

/** Docker takes a lone string for a list of one (moby, strslice.go). */
function strings(value: unknown, what: string): string[] {
  if (typeof value === "string") return [value];
  return asArray(value, what).map((item) => asString(item, what));
}

/** The config with another platform written into it and every other byte as it was; its digest changes (decision 5). */
export function rewriteConfigPlatform(config: ImageConfig, platform: Platform): ImageConfig {
  let text = new TextDecoder().decode(config.bytes);
  const written = Object.keys(JSON.parse(text) as object);
  for (const [key, value] of [
    ["os", platform.os],
    ["architecture", platform.architecture],
    ["variant", platform.variant],
  ] as const) {
    const name = written.find((candidate) => candidate.toLowerCase() === key) ?? key;
    text = applyEdits(text, modify(text, [name], value, {}));
  }
  return parseImageConfig(new TextEncoder().encode(text), "the rewritten config");
}
