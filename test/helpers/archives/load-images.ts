import { parsePlatform } from "../../../src/oci/platform.ts";
import { createRegistryStore, type RegistryStoreOptions } from "../../../src/registry/registry-store.ts";
import type { LoadEvent } from "../../../src/transfer/report/events.ts";
import type { KnownBlob, KnownBlobs } from "../../../src/transfer/load/layer-reuse.ts";
import { load } from "../../../src/transfer/load/load.ts";
import type { LoadRequest } from "../../../src/transfer/load/load-run.ts";
import type { GivenSource } from "../../../src/transfer/plan/planned-image.ts";
import type { LoadReport } from "../../../src/transfer/report/report.ts";
import { formatTarget } from "../../../src/transfer/report/target-name.ts";
import { createFakeClock } from "../fake-clock.ts";
import { planOptions, type PlanSpec } from "../plan-options.ts";
import { inspectSyntheticLayer } from "./source-image.ts";

export interface LoadSpec
  extends
    PlanSpec,
    Partial<
      Pick<
        LoadRequest,
        "onExisting" | "format" | "preserveDigests" | "archTags" | "strict" | "dryRun" | "signal" | "sources"
      >
    > {
  readonly require?: readonly string[];
  readonly concurrency?: number;
  /** How the registry is spoken to, beyond http. */
  readonly registry?: Partial<RegistryStoreOptions>;
  readonly reuseLayers?: boolean;
  readonly knownBlobs?: KnownBlobs;
  readonly onEvent?: (event: LoadEvent) => void;
}

/** Loads archives that were made up in memory into the registry at that host; without one it plans offline. */
export async function loadImages(
  host: string | undefined,
  given: readonly GivenSource[],
  spec: LoadSpec = {},
): Promise<LoadReport> {
  const { onExisting = "merge", strict = false, dryRun = false, require = [], concurrency, onEvent } = spec;
  const sources = given.map(({ source, flag }) => ({
    title: source.title,
    ...(flag ? { flag } : {}),
    open: async () => source,
  }));
  await using store =
    host === undefined
      ? undefined
      : await createRegistryStore({
          host,
          plainHttp: true,
          concurrency,
          env: {},
          clock: createFakeClock(),
          ...spec.registry,
        });
  return await load({
    sources: spec.sources ?? sources,
    ...(store ? { store } : {}),
    registry: host ?? "registry",
    plan: planOptions(spec),
    archTags: spec.archTags ?? "auto",
    onExisting,
    format: spec.format ?? "auto",
    ownFamily: "docker",
    preserveDigests: spec.preserveDigests ?? false,
    require: require.map(parsePlatform),
    strict,
    dryRun,
    inspectLayer: inspectSyntheticLayer,
    knownBlobs: spec.knownBlobs ?? createKnownBlobs(),
    reuseLayers: spec.reuseLayers ?? false,
    onEvent: onEvent ?? (() => undefined),
    signal: spec.signal ?? new AbortController().signal,
  });
}

/** What one run after the other has seen, in memory. */
export function createKnownBlobs(): KnownBlobs {
  const known = new Map<string, readonly KnownBlob[]>();
  return {
    find: async (diffID) => known.get(diffID) ?? [],
    add: (diffID, blob) => void known.set(diffID, [blob, ...(known.get(diffID) ?? [])]),
  };
}

/** `rancher/pause:3.1: amd64 pushed, arm64 failed [CODE]`, a line for each list. */
export function summarizeLists({ lists }: LoadReport): string[] {
  return lists.map(({ target, cells, error }) => {
    const words = cells.map(({ platform, outcome }) => {
      const variant = platform.variant === undefined ? "" : `/${platform.variant}`;
      return `${platform.architecture}${variant} ${outcome}`;
    });
    return `${formatTarget(target)}: ${words.join(", ")}${error ? ` [${error.code}]` : ""}`;
  });
}
