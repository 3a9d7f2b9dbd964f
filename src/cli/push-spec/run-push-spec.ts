import { shown } from "../output/shown.ts";
import { exitCodes } from "../../oci/airgap-error.ts";
import type { Family } from "../../oci/media-type.ts";
import { openPool } from "../registries/open-pool.ts";
import { startProgress } from "../output/progress.ts";
import { readTextFile } from "../files/read-lines.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { expandTemplate } from "./expand-template.ts";
import type { ListSpec } from "./list-spec.ts";
import { parseSpec } from "./parse-spec.ts";
import { publishSpec } from "./publish-spec.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

/** The options of `push-spec` as commander hands them over. */
export interface PushSpecFlags extends RegistryFlags {
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
  await using pool = openPool(flags, terminal);
  const { stderr, env, signal } = terminal;
  const { onEvent } = startProgress({ stderr, env, quiet: false, verbose: false, bars: false });
  for (const spec of specs) {
    const { descriptor } = await publishSpec(spec, {
      pool,
      ...(flags.type ? { family: flags.type } : {}),
      ignoreMissing: flags.ignoreMissing ?? false,
      onEvent,
      signal,
    });
    terminal.stdout.write(shown(`Digest: ${descriptor.digest} ${descriptor.size}\n`));
  }
  return exitCodes.done;
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
