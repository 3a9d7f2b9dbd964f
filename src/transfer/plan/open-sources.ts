import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import type { ImageSource } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Platform } from "../../oci/platform.ts";
import type { OnEvent } from "../report/events.ts";
import { joinErrors } from "./plan-faults.ts";
import type { GivenSource } from "./planned-image.ts";

/** An archive to be read. */
export interface SourceRequest {
  /** For people: the file as it was given. */
  readonly title: string;
  readonly flag?: Platform;
  /** Hex, from `--checksums`: of the archive, or of each file that it lies in, by name. */
  readonly expectedSha256?: string | ReadonlyMap<string, string>;
  readonly open: (options: OpenSourceOptions) => Promise<ImageSource>;
}

export interface OpenSourceOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (read: number, total: number | undefined) => void;
}

export interface OpenSourcesOptions {
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
  /** Something that must go well too, such as reaching the registry: its failure stops the reading. */
  readonly alongside: Promise<unknown>;
  /** Told of every archive as soon as it is open. */
  readonly onOpened: (source: ImageSource) => void;
  /** Told of every archive as soon as it is read and found whole. */
  readonly onChecked: (given: GivenSource) => void;
}

/**
 * Reads all archives, as many at a time as there are cores. What is wrong with several is reported at once, so that nobody has
 * to come back for each. What was opened is the caller's to close.
 */
export async function openSources(
  requests: readonly SourceRequest[],
  options: OpenSourcesOptions,
): Promise<GivenSource[]> {
  const limit = pLimit(availableParallelism());
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const bad: AirgapError[] = [];
  const openings = requests.map((request) =>
    limit(async () => {
      signal.throwIfAborted();
      try {
        return await openSource(request, { ...options, signal });
      } catch (error) {
        if (!isBad(error)) throw error;
        bad.push(error);
        return undefined;
      }
    }),
  );
  try {
    const [opened] = await Promise.all([Promise.all(openings), options.alongside]);
    if (bad.length > 0) throw joinErrors(bad);
    return opened.filter((each) => each !== undefined);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(openings);
    // A registry that is not there as well can be looked for when there is something to bring to it.
    throw bad.length > 0 ? joinErrors(bad) : error;
  }
}

/** Whether an archive is bad itself; any other error ends the reading. */
function isBad(error: unknown): error is AirgapError {
  return error instanceof AirgapError && (error.exit === "content" || error.exit === "noInput");
}

async function openSource(
  request: SourceRequest,
  { signal, onEvent, onOpened, onChecked }: OpenSourcesOptions,
): Promise<GivenSource> {
  const { title, flag } = request;
  const onProgress = (read: number, total: number | undefined): void =>
    onEvent({ type: "scanning", title, read, total });
  const source = await request.open({ signal, onProgress });
  onOpened(source);
  checkChecksum(request, source);
  const { images, facts } = source;
  const names = images.reduce((sum, image) => sum + image.names.length, 0);
  onEvent({ type: "scanned", title, images: images.length, names, facts });
  const given = { source, ...(flag ? { flag } : {}) };
  onChecked(given);
  return given;
}

/** Throws `CHECKSUM_MISMATCH` where an archive is not the one that a checksum file speaks of. */
export function checkChecksum(
  { title, expectedSha256 }: Pick<SourceRequest, "title" | "expectedSha256">,
  { facts }: ImageSource,
): void {
  if (expectedSha256 === undefined) return;
  if (typeof expectedSha256 === "string") return compareChecksum(title, facts.sha256, expectedSha256);
  const { files = [{ name: title.slice(title.lastIndexOf("/") + 1), sha256: facts.sha256 }] } = facts;
  const found = new Map(files.map(({ name, sha256 }) => [name, sha256]));
  for (const name of new Set([...found.keys(), ...expectedSha256.keys()])) {
    compareChecksum(name, found.get(name), expectedSha256.get(name));
  }
}

function compareChecksum(title: string, found: string | undefined, expected: string | undefined): void {
  if (expected === found && found !== undefined) return;
  throw new AirgapError(
    "CHECKSUM_MISMATCH",
    `Cannot trust "${title}": its sha256 is ${found ?? "unknown"}, the checksum file says ${expected ?? "nothing"}`,
    {
      hint: "Copy the archive again from where it came from.",
    },
  );
}
