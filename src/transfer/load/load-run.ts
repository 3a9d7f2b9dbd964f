import { setMaxListeners } from "node:events";
import pLimit from "p-limit";
import type { Repository, Store } from "../../content/repository.ts";
import { isReportable } from "../../oci/airgap-error.ts";
import type { Platform } from "../../oci/platform.ts";
import type { LoadEvent, OnEvent } from "../report/events.ts";
import type { InspectLayer } from "./existing-tag.ts";
import type { ArchTags, ManifestFormat, OnExisting } from "../../content/option-words.ts";
import type { SourceRequest } from "../plan/open-sources.ts";
import { Releases } from "./releases.ts";
import { checkAllSigned } from "./check-signed.ts";
import { findAllLacking, sayLacking } from "./required-platforms.ts";
import { checkBase, isDifference } from "./difference/check-base.ts";
import type { Digest } from "../../oci/digest.ts";
import { type KnownBlobs, LayerReuse } from "./layer-reuse.ts";
import { type Plan, type PlanOptions, planSource } from "../plan/plan.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import type { PlannedArtifact } from "../plan/plan-artifacts.ts";
import type { GivenSource } from "../plan/planned-image.ts";
import { formatReference } from "../../oci/reference.ts";
import { Preparation } from "./preparation.ts";
import { measureImages } from "./upload-image.ts";
import { previewList } from "./preview-list.ts";
import { type BecameOfTag, foreseeArtifact, publishArtifact } from "../artifacts/publish-artifact.ts";
import { orderBySubject } from "../artifacts/order-by-subject.ts";
import { inFamily } from "./list-family.ts";
import { whyAllKept } from "../format/kept-digest.ts";
import { FamilyRefused } from "../format/family-refused.ts";
import { type Family, isIndexType } from "../../oci/media-type.ts";
import { listKept } from "../format/list-kept.ts";
import { publishList, tagWithoutList } from "./publish-list.ts";
import type { ListReport, LoadReport } from "../report/report.ts";
import { platformsOfCells, reportArtifact, reportFailure, reportFault } from "./report-list.ts";
import { stageList } from "./stage-list.ts";
import type { PreparedList, PublishOptions, StagedList } from "./staged-list.ts";
import { repositoriesOf, type TargetName } from "../report/target-name.ts";
import { type DescribeSignatures, describeSignatures } from "../trust/describe-signatures.ts";
import { findInArchives } from "../trust/find-signatures.ts";
import type { Trust } from "../trust/trust.ts";
import { NoticeLog } from "../report/notice-log.ts";
import { countTotals } from "../report/totals.ts";
import { note } from "../../content/notice.ts";
import { takeTurns } from "../../content/turns.ts";

export interface LoadRequest {
  readonly sources: readonly SourceRequest[];
  /** Where the images go; none plans without it (`--offline`). */
  readonly store?: Store;
  /** For the report, also where there is no store. */
  readonly registry: string;
  readonly plan: PlanOptions;
  readonly onExisting: OnExisting;
  /** `auto` keeps what archives promise, unless the registry refuses it. */
  readonly format: ManifestFormat;
  /** Of manifests that are made here, where nothing asks for another. */
  readonly ownFamily: Family;
  /** Whether nothing may be published with another digest than the archives promise. */
  readonly preserveDigests: boolean;
  /** When images get tags of their own beside their list. */
  readonly archTags: ArchTags;
  readonly require: readonly Platform[];
  readonly strict: boolean;
  /** Reads what is in the registry and sends nothing. */
  readonly dryRun: boolean;
  readonly inspectLayer: InspectLayer;
  /** Those of earlier runs; what this one makes is added. */
  readonly knownBlobs: KnownBlobs;
  /** Whether layers that the registry has under another digest are used. */
  readonly reuseLayers: boolean;
  /** Judges all images before anything is sent; none lets in what is not signed. */
  readonly trust?: Trust;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

/** Lists worked on at a time; how many blobs go up at once is the store's to limit. */
const parallelLists = 8;

interface Staged {
  readonly prepared: PreparedList;
  readonly staged: StagedList;
  /** With the family that the registry has taken its images in. */
  readonly options: PublishOptions;
}

async function publishStaged({ prepared, staged, options }: Staged): Promise<ListReport> {
  try {
    return await inFamily(options, async (chosen, isOther) =>
      publishList(isOther ? await stageList(prepared, chosen) : staged, chosen),
    );
  } catch (error) {
    if (!(error instanceof FamilyRefused) || !isIndexType(error.manifest.descriptor.mediaType)) throw error;
    throw await tagWithoutList(staged, error, options);
  }
}

/** One run of the main job: what it has told, and what it has under way at the registry. */
export class LoadRun {
  readonly log: NoticeLog = new NoticeLog((event) => this.tell(event));
  readonly #request: LoadRequest;
  readonly #totals = countTotals();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #options: Omit<PublishOptions, "whyKept">;
  readonly #preparation: Preparation | undefined;
  readonly #limit = pLimit(parallelLists);
  readonly #ahead: Promise<void>[] = [];
  #describeSignatures: DescribeSignatures = () => ({});
  readonly #holders = new Map<Digest, Repository>();

  constructor(request: LoadRequest) {
    this.#request = request;
    const { onExisting, format, ownFamily, preserveDigests, archTags, require, strict } = request;
    const { plan, inspectLayer, knownBlobs, reuseLayers } = request;
    this.#signal = AbortSignal.any([request.signal, this.#stop.signal]);
    // Every request listens to it; Node takes more than ten for a leak.
    setMaxListeners(0, this.#signal);
    this.#options = {
      onExisting,
      format,
      ownFamily,
      preserveDigests,
      archTags,
      require,
      strict,
      inspectLayer,
      knownBlobs,
      ...(reuseLayers
        ? { reuse: new LayerReuse({ known: knownBlobs, inspectLayer, signal: this.#signal }) }
        : {}),
      ...(plan.archTag ? { archTag: plan.archTag } : {}),
      releasesLayers: true,
      holders: this.#holders,
      signal: this.#signal,
      onEvent: this.tell,
      onNotice: (notice) => this.log.add(notice),
    };
    this.#preparation = request.store && new Preparation(request.store, this.#options);
  }

  readonly tell = (event: LoadEvent): void => {
    this.#totals.count(event);
    this.#request.onEvent(event);
  };

  /**
   * Starts to upload an archive's blobs while others are still read; with `--require`, or where signatures are checked, the
   * whole plan has to be known first. What goes wrong comes up again in {@link publish}.
   */
  uploadAhead(given: GivenSource): void {
    const { store, dryRun, plan, require, trust } = this.#request;
    if (!store || dryRun || require.length > 0 || trust || isDifference(given)) return;
    this.#ahead.push(
      (async () => {
        const children = await takeTurns(planSource(given, plan), this.#signal);
        await store.checkAccess(repositoriesOf(children), this.#signal);
        for (const { target, entry } of children) this.#preparation?.start(target, entry);
      })().catch(() => {}),
    );
  }

  /** Tells how much there is to do. */
  planned({ lists }: Plan): void {
    const images = lists.flatMap(({ entries }) => entries.map(({ image }) => image));
    const names = lists.map(({ source }) => formatReference(source));
    this.tell({ type: "planned", images: images.length, names, parts: measureImages(images) });
  }

  /** What is told of a plan that `--require` keeps from being published, of which nothing was sent; nothing where it is met. */
  async refuseLacking(plan: Plan): Promise<ListReport[] | undefined> {
    const allLacking = await findAllLacking(plan.lists, this.#request.store, this.#options);
    if (allLacking.size === 0) return undefined;
    const lists = plan.lists.map((list) => {
      const lacking = allLacking.get(list) ?? [];
      return reportFailure(list, this.#locate(list.target), sayLacking(list.target, lacking), lacking);
    });
    const artifacts = plan.artifacts.map((planned) => {
      const error = sayLacking(planned.target, []);
      return reportArtifact(planned, this.#locate(planned.target), { outcome: "failed", error });
    });
    return this.#tellLists([...lists, ...artifacts, ...this.#reportFaults(plan)]);
  }

  /** Throws where anything is not signed as it has to be, before anything is sent. */
  async checkSigned(plan: Plan, sources: readonly GivenSource[]): Promise<void> {
    const { trust, store } = this.#request;
    this.#describeSignatures = describeSignatures(plan, trust);
    if (!trust) return;
    const signed = { ...this.#options, trust, find: findInArchives(sources) };
    this.#options = { ...this.#options, signed };
    await checkAllSigned(plan, store, signed);
  }

  /** Throws where the registry lacks what differences count on, before anything of them is sent. */
  async checkBase(sources: readonly GivenSource[], plan: Plan): Promise<void> {
    const { store } = this.#request;
    if (!store || !sources.some(isDifference)) return;
    const options = { ...this.#request, signal: this.#signal };
    const { holders, images } = await checkBase(sources, plan, store, options);
    for (const [digest, holder] of holders) this.#holders.set(digest, holder);
    if (images > 0) {
      this.log.add(note(`images of earlier archives that these count on, and that are there: ${images}`));
    }
  }

  /** Brings everything of the plan to the registry: all children first, then the tags of the lists, all at once. */
  async publish(plan: Plan): Promise<ListReport[]> {
    const { store, dryRun } = this.#request;
    const preparation = this.#preparation;
    const target = store && preparation && !dryRun ? { store, preparation } : undefined;
    const lists = await this.log.together(() => (target ? this.#bring(plan, target) : this.#preview(plan)));
    return target ? this.#tellLists(lists) : lists;
  }

  async #bring(plan: Plan, { store, preparation }: PublishTarget): Promise<ListReport[]> {
    await Promise.all(this.#ahead);
    await store.checkAccess(repositoriesOf([...plan.lists, ...plan.artifacts]), this.#signal);
    const lists = await this.#publishLists(plan, preparation);
    const artifacts: ListReport[] = [];
    for (const wave of orderBySubject(plan.artifacts)) {
      artifacts.push(...(await Promise.all(wave.map((group) => this.#publishGroup(group, store)))).flat());
    }
    return [...lists, ...artifacts, ...this.#reportFaults(plan)];
  }

  #tellLists(lists: ListReport[]): ListReport[] {
    for (const list of lists) this.tell({ type: "list", list });
    return lists;
  }

  #optionsFor(plan: Plan): PublishOptions {
    return { ...this.#options, whyKept: listKept(plan.artifacts, whyAllKept(this.#request)) };
  }

  async #publishLists(plan: Plan, preparation: Preparation): Promise<ListReport[]> {
    const releases = new Releases(plan);
    const publishing = this.#optionsFor(plan);
    const stage = async (list: PlannedList): Promise<Staged> => {
      const prepared = await preparation.list(list);
      const [staged, options] = await inFamily(publishing, async (options) => {
        return [await stageList(prepared, options), options] as const;
      });
      await releases.staged(list);
      return { prepared, staged, options };
    };
    const staged = await Promise.all(plan.lists.map((list) => this.#guard(list, () => stage(list))));
    return Promise.all(
      staged.map(async (ready) => {
        if ("cells" in ready) return ready;
        const { list } = ready.prepared;
        const published = await this.#guard(list, () => publishStaged(ready));
        if (!published.error) this.tell({ type: "published", name: formatReference(list.source) });
        return published;
      }),
    );
  }

  /** A refusal by the registry fails its own list and no other; our own bugs and the operator's signals end the run. */
  async #guard<T>(list: PlannedList, work: () => Promise<T>): Promise<T | ListReport> {
    try {
      return await this.#limit(work);
    } catch (error) {
      if (!isReportable(error, this.#signal)) throw error;
      return reportFailure(list, this.#locate(list.target), error);
    }
  }

  /** One after the other: what refers to one subject may have to be listed under one tag. */
  async #publishGroup(group: readonly PlannedArtifact[], store: Store): Promise<ListReport[]> {
    const reports: ListReport[] = [];
    for (const planned of group) {
      const repository = store.repository(planned.target.repository);
      const publish = (): Promise<BecameOfTag | undefined> =>
        publishArtifact(planned, repository, this.#options);
      reports.push(...(await this.#guardArtifact(planned, publish)));
    }
    return reports;
  }

  /** As {@link #guard} for an artifact, of which nothing is reported where the work gives nothing. */
  async #guardArtifact(
    planned: PlannedArtifact,
    work: () => Promise<BecameOfTag | undefined>,
  ): Promise<ListReport[]> {
    const at = this.#locate(planned.target);
    try {
      const became = await this.#limit(work);
      return became ? [reportArtifact(planned, at, became)] : [];
    } catch (error) {
      if (!isReportable(error, this.#signal)) throw error;
      return [reportArtifact(planned, at, { outcome: "failed", error })];
    }
  }

  async #preview(plan: Plan): Promise<ListReport[]> {
    const { store } = this.#request;
    const options = this.#optionsFor(plan);
    let done = 0;
    const lists = plan.lists.map(async (list) => {
      const look = (): Promise<ListReport> => previewList(list, this.#locate(list.target), store, options);
      const report = await this.#guard(list, look);
      this.tell({ type: "checked", done: ++done, total: plan.lists.length });
      return report;
    });
    const artifacts = plan.artifacts.map((planned) =>
      this.#guardArtifact(planned, () =>
        foreseeArtifact(planned, store?.repository(planned.target.repository), this.#signal),
      ),
    );
    return [...(await Promise.all([...lists, ...artifacts])).flat(), ...this.#reportFaults(plan)];
  }

  /** What the archives could not give. */
  #reportFaults({ failures }: Plan): ListReport[] {
    return failures.map((failure) =>
      reportFault(failure, this.#locate(failure.target, failure.source !== undefined)),
    );
  }

  /** How the repository of a target is called, also where there is no store, or none that has a place for it. */
  #locate({ repository }: TargetName, isReadable = true): { readonly title: string } {
    const { store, registry } = this.#request;
    return store && isReadable ? store.repository(repository) : { title: `${registry}/${repository}` };
  }

  report(lists: readonly ListReport[]): LoadReport {
    return {
      registry: this.#request.registry,
      dryRun: this.#request.dryRun || !this.#request.store,
      platforms: platformsOfCells(lists),
      lists: lists.map((list) => ({ ...list, ...this.#describeSignatures(list) })),
      warnings: this.log.notices,
      totals: this.#totals.total(lists),
    };
  }

  /** Cancels what is still under way and waits until it is. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("the run is over"));
    await Promise.allSettled(this.#ahead);
    await this.#preparation?.settle();
  }
}

/** Where a run publishes, and what is on its way there. */
interface PublishTarget {
  readonly store: Store;
  readonly preparation: Preparation;
}
