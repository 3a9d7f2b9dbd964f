import pLimit from "p-limit";
import type { Repository, Store } from "../../../content/repository.ts";
import { AirgapError } from "../../../oci/airgap-error.ts";
import type { Descriptor } from "../../../oci/descriptor.ts";
import type { Digest } from "../../../oci/digest.ts";
import { parseReference } from "../../../oci/reference.ts";
import { nameTarget } from "../../plan/name-target.ts";
import type { Plan, PlanOptions } from "../../plan/plan.ts";
import type { GivenSource } from "../../plan/planned-image.ts";
import { readNames } from "../../plan/read-names.ts";
import { WantedNames } from "../../plan/wanted-names.ts";
import type { InspectLayer } from "../existing-tag.ts";
import { formatTarget } from "../../report/target-name.ts";

/** What differences count on, as it was found. */
export interface FoundBase {
  /** Other repositories of the same registry that have a layer which the one that needs it has not. */
  readonly holders: ReadonlyMap<Digest, Repository>;
  /** Images of earlier archives that are there. */
  readonly images: number;
}

export interface CheckBaseOptions {
  readonly plan: PlanOptions;
  readonly inspectLayer: InspectLayer;
  readonly signal: AbortSignal;
}

const parallelQuestions = 8;
/** Of repositories that are asked for one layer. */
const maxHolders = 5;
const maxTold = 100;

/** Whether an archive leaves out what its target has to have. */
export function isDifference({ source }: GivenSource): boolean {
  return (
    Boolean(source.expected?.length) ||
    source.images.some(({ layers }) => layers.some(({ expected }) => expected))
  );
}

/**
 * Looks for all that archives count on at their target, before anything of them is sent. Throws `BASE_MISSING` with all that
 * is missing.
 */
export async function checkBase(
  sources: readonly GivenSource[],
  plan: Plan,
  store: Store,
  { plan: options, inspectLayer, signal }: CheckBaseOptions,
): Promise<FoundBase> {
  const limit = pLimit(parallelQuestions);
  const holders = new Map<Digest, Repository>();
  const layers = listLayers(plan, options).map((layer) =>
    limit(async () => {
      const holder = await findHolder(layer, store, signal);
      const what = `layer ${layer.descriptor.digest} of ${layer.image}`;
      if (!holder) return [what];
      if (layer.byDiffID) {
        const { diffID } = await inspectLayer(holder.fetchBlob(layer.descriptor, signal));
        if (diffID !== layer.diffID) return [`${what}: what is there under that digest is another layer`];
      }
      if (holder.name !== layer.repository) holders.set(layer.descriptor.digest, holder);
      return [];
    }),
  );
  const expected = listImages(sources, options);
  const images = expected.map(({ name, repository, digest }) =>
    limit(async () => {
      const found = await store.repository(repository).resolve(digest, signal);
      return found ? [] : [`image ${name}, ${digest}`];
    }),
  );
  const missing = (await Promise.all([...images, ...layers])).flat();
  if (missing.length > 0) throw baseMissing(store, missing);
  return { holders, images: expected.length };
}

interface NeededLayer {
  readonly image: string;
  readonly repository: string;
  readonly descriptor: Descriptor;
  /** Other repositories that may have it. */
  readonly others: readonly string[];
  readonly diffID: Digest | undefined;
  /** Whether only its diffID has told what it is. */
  readonly byDiffID: boolean;
}

function listLayers({ lists }: Plan, options: PlanOptions): NeededLayer[] {
  const needed = new Map<string, NeededLayer>();
  for (const { target, entries } of lists) {
    for (const { expected, diffID } of entries.flatMap(({ image }) => image.sourceImage.layers)) {
      if (!expected) continue;
      const { descriptor, repositories, paths = [], byDiffID = false } = expected;
      const { repository } = target;
      const named = repositories.map((name) => nameTarget(parseReference(name), options).repository);
      const others = [...paths, ...named];
      const layer = { image: formatTarget(target), repository, descriptor, others, diffID, byDiffID };
      needed.set(`${repository} ${descriptor.digest} ${diffID}`, layer);
    }
  }
  return [...needed.values()];
}

async function findHolder(
  { repository, descriptor, others }: NeededLayer,
  store: Store,
  signal: AbortSignal,
): Promise<Repository | undefined> {
  for (const name of [...new Set([repository, ...others])].slice(0, maxHolders)) {
    const candidate = store.repository(name);
    if (await candidate.hasBlob(descriptor, signal)) return candidate;
  }
  return undefined;
}

interface NeededImage {
  readonly name: string;
  readonly repository: string;
  readonly digest: Digest;
}

function listImages(sources: readonly GivenSource[], options: PlanOptions): NeededImage[] {
  const wanted = options.imageList && new WantedNames(options.imageList, options.foldArch);
  return sources
    .flatMap(({ source }) => source.expected ?? [])
    .flatMap(({ names, digest }) =>
      readNames(names, wanted, [digest]).references.map((reference) => {
        const target = nameTarget(reference, options);
        return { name: formatTarget(target), repository: target.repository, digest };
      }),
    );
}

function baseMissing({ title }: Store, missing: readonly string[]): AirgapError {
  const more = missing.length > maxTold ? [`  - and ${missing.length - maxTold} more`] : [];
  const lines = missing.slice(0, maxTold).map((each) => `  - ${each}`);
  return new AirgapError(
    "BASE_MISSING",
    [
      `Cannot publish a difference: ${title} does not have all that it counts on, and nothing was sent:`,
      ...lines,
      ...more,
    ],
    {
      exit: "content",
      hint: "Load the earlier archives first, in their order; the archives of one set together, all in one folder. What save --since has left out: save it again without that, or with an inventory of this very place. Images that are not needed: leave them out with --image-list.",
    },
  );
}
