import { openArchive } from "../../archive/open-archive.ts";
import type { ContentReader, Repository } from "../../content/repository.ts";
import { findRoot } from "../../storage/layout/find-root.ts";
import { openOciLayout } from "../../storage/directory/oci-layout.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { formatReference } from "../../oci/reference.ts";
import { fetchChild } from "../../transfer/graph/fetch-child.ts";
import { checkChecksum, type SourceRequest } from "../../transfer/plan/open-sources.ts";
import { fetchRoot } from "../../transfer/graph/fetch-root.ts";
import {
  findInArchives,
  findInRepository,
  type FindSignatures,
} from "../../transfer/trust/find-signatures.ts";
import type { KnownLayers } from "../../transfer/counted/known-layers.ts";
import { readSource } from "../../transfer/save/read-source.ts";
import { readLayoutName } from "./layout-name.ts";
import type { FileLocation, Location } from "./location.ts";
import type { RegistryPool } from "./registry-pool.ts";
import type { Terminal } from "../terminal.ts";
import type { OnEvent } from "../../transfer/report/events.ts";
import { startReading } from "../../transfer/report/read-task.ts";
import type { OnNotice } from "../../content/notice.ts";

/** An image to copy, with where its parts are read from. */
export interface CopySource extends AsyncDisposable {
  readonly root: Manifest | ImageIndex;
  readonly content: ContentReader;
  /** What says that it signs any of this. */
  readonly findSignatures: FindSignatures;
  /** Whether its root is a list that was made of an archive's images, which nobody can have signed. */
  readonly isMade?: boolean;
  /** Where it is a repository: that has tags and referrers. */
  readonly repository?: Repository;
  /** Of the registry that it is in. */
  readonly host?: string;
  /** What it is called there, with the registry's host; none where it has no name. */
  readonly name: string | undefined;
}

export interface CopySourceOptions {
  readonly pool: RegistryPool;
  readonly terminal: Terminal;
  readonly tempDir: string | undefined;
  /** Bytes that an archive may unpack to whatever its size; 64 GiB where it is not given. */
  readonly maxInflated: number | undefined;
  /** Layers that are known by their diffIDs, which plain ones are taken for. */
  readonly known?: Pick<KnownLayers, "find">;
  /** Hex sha256 that an archive must have, or each of its parts. */
  readonly expectedSha256?: NonNullable<SourceRequest["expectedSha256"]>;
  readonly onNotice: OnNotice;
  /** Told how much of an archive is read, and whether that is to see what was written. */
  readonly onEvent: OnEvent;
  readonly isReadBack?: boolean;
}

/** Opens what is to be copied, and reads its manifest or index. */
export async function openCopySource(location: Location, options: CopySourceOptions): Promise<CopySource> {
  if (location.transport === "docker") {
    const { reference } = location;
    const repository = await options.pool.repository(reference);
    const root = await fetchRoot(repository, reference, options.terminal.signal);
    const { host, repository: path, tag } = reference;
    const name = tag === undefined ? undefined : formatReference({ host, repository: path, tag });
    return {
      root,
      content: repository,
      findSignatures: findInRepository(repository),
      repository,
      host,
      name,
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  return location.transport === "oci" ? openLayout(location, options) : openFile(location, options);
}

async function openLayout(
  { path, name }: FileLocation,
  { terminal: { signal } }: CopySourceOptions,
): Promise<CopySource> {
  const descriptor = await findRoot(path, name);
  const store = await openOciLayout(path, { readOnly: true });
  const own = name ?? descriptor.annotations?.get("org.opencontainers.image.ref.name");
  // Every repository of a layout that is only read reaches all that is in it; its own one has its referrers.
  const repository = store.repository(readLayoutName(own ?? "")?.name ?? "layout");
  const root = await fetchChild(repository, descriptor, signal);
  return {
    root,
    content: repository,
    findSignatures: findInRepository(repository),
    repository,
    name: own !== undefined && /[/:]/.test(own) ? own : undefined,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function openFile(
  { path, name }: FileLocation,
  {
    terminal: { stdin, signal },
    tempDir,
    maxInflated,
    expectedSha256,
    known,
    onNotice,
    ...telling
  }: CopySourceOptions,
): Promise<CopySource> {
  const activity = telling.isReadBack ? "reading back" : "reading";
  const reading = startReading(activity, path === "-" ? "standard input" : path, telling.onEvent);
  const source = await openArchive(path === "-" ? { stdin } : { path }, {
    tempDir,
    maxInflated,
    layerCompression: "gzip",
    allowForeign: false,
    signal,
    onProgress: reading.onProgress,
  });
  reading.end();
  try {
    checkChecksum({ title: source.title, ...(expectedSha256 ? { expectedSha256 } : {}) }, source);
    const { names, warnings, ...read } = await readSource(source, name, signal, known);
    for (const warning of warnings) onNotice(warning);
    return {
      ...read,
      findSignatures: findInArchives([{ source }]),
      name: names[0],
      [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
    };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}
