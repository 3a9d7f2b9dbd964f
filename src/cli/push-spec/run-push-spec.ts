import { exitCodeOfImages } from "../output/exit-code.ts";
import { describeError } from "../output/error-text.ts";
import type { JsonFlag } from "../output/json/json-option.ts";
import { tellTags } from "../output/json/published-tags.ts";
import { publishedToJson, type ToldImage } from "../output/json/report-json.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { concernsOne } from "../registries/concerns-one.ts";
import { titleTarget } from "../../transfer/report/target-name.ts";
import type { Family } from "../../oci/media-type.ts";
import { openPool } from "../registries/open-pool.ts";
import { type CommandContext, withProgress } from "../progress/progress-options.ts";
import { readTextFile } from "../files/read-lines.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { expandTemplate } from "./expand-template.ts";
import type { ListSpec } from "./list-spec.ts";
import { parseSpec } from "./parse-spec.ts";
import { publishSpec, type PublishSpecOptions } from "./publish-spec.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

/** The options of `push-spec` as commander hands them over. */
export interface PushSpecFlags extends RegistryFlags, JsonFlag {
  readonly platforms: readonly string[];
  readonly template?: string;
  readonly target?: string;
  readonly tags: readonly string[];
  readonly annotations: readonly string[];
  readonly ignoreMissing?: boolean;
  readonly type?: Family;
}

/** Publishes lists that a file, or a template, describes; resolves to the exit code. */
export async function runPushSpec(
  file: string | undefined,
  flags: PushSpecFlags,
  terminal: Terminal,
): Promise<number> {
  const specs = await readSpecs(file, flags);
  if (flags.type === "docker" && specs.some(({ annotations }) => annotations.size > 0)) {
    throw usageError(
      "Cannot annotate a list of --type docker",
      "Annotations are OCI's: give --type oci, or none.",
    );
  }
  return withProgress({ ...flags, progress: false }, terminal, (context) => pushSpecs(specs, context));
}

async function pushSpecs(
  specs: readonly ListSpec[],
  { flags, terminal, onEvent }: CommandContext<PushSpecFlags>,
): Promise<number> {
  await using pool = openPool(flags, terminal, onEvent);
  const { stderr, signal } = terminal;
  const family = flags.type ? { family: flags.type } : {};
  const options = { pool, ...family, ignoreMissing: flags.ignoreMissing ?? false, onEvent, signal };
  const images: ToldImage[] = [];
  for (const spec of specs) {
    const { told, text } = await publishOrTell(spec, options);
    images.push(...told);
    if (!flags.json) terminal.stdout.write(shown(text));
  }
  if (flags.json) writeJson(terminal, publishedToJson("push-spec", images));
  for (const { error } of images) if (error) stderr.write(shown(describeError(error, false)));
  return exitCodeOfImages(images);
}

/** A list that fails stops no other. */
async function publishOrTell(
  spec: ListSpec,
  options: PublishSpecOptions,
): Promise<{ readonly told: readonly ToldImage[]; readonly text: string }> {
  const { pool, signal } = options;
  const repository = await pool.repository(spec.image);
  try {
    const published = await publishSpec(spec, options);
    const { digest, size } = published.list.descriptor;
    return { told: tellTags(repository, published), text: `Digest: ${digest} ${size}\n` };
  } catch (error) {
    if (!concernsOne(error, signal)) throw error;
    const { tag = "latest" } = spec.image;
    const title = titleTarget(repository.title, tag);
    return { told: [{ title, repository: repository.name, tag, outcome: "failed", error }], text: "" };
  }
}

async function readSpecs(
  file: string | undefined,
  { platforms, template, target, tags, annotations }: PushSpecFlags,
): Promise<ListSpec[]> {
  const given = [platforms.length > 0, template !== undefined, target !== undefined];
  if (file !== undefined && !given.some(Boolean)) return parseSpec(await readTextFile(file), file);
  if (file === undefined && template !== undefined && target !== undefined && platforms.length > 0) {
    return [expandTemplate({ platforms, template, target, tags, annotations })];
  }
  throw usageError(
    "Cannot tell what to push: want a file, or --platforms, --template and --target together",
    "For example: airgap-load push-spec list.yaml",
  );
}
