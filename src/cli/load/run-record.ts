import { arch, platform } from "node:os";
import type { SourceFacts } from "../../content/image-source.ts";
import type { AirgapError } from "../../oci/airgap-error.ts";
import type { LoadEvent, OnEvent } from "../../transfer/report/events.ts";
import type { LoadReport } from "../../transfer/report/report.ts";
import { readVersion } from "../version.ts";

/** A run as it is kept: what came of it, from what, when, and by which program. */
export interface RunRecord {
  /** What was done, or why nothing was. */
  readonly outcome: LoadReport | AirgapError;
  readonly archives: readonly ArchiveRecord[];
  /** The options that reach the registry, for the commands that put tags back. */
  readonly connection: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly versions: { readonly airgapLoad: string; readonly node: string; readonly system: string };
}

export interface ArchiveRecord extends SourceFacts {
  readonly title: string;
  readonly images: number;
}

export interface StartedRecord {
  /** Takes an event down and passes it on. */
  readonly onEvent: OnEvent;
  readonly end: (outcome: LoadReport | AirgapError) => RunRecord;
}

/** Starts to keep a record of a run. */
export function startRecord(onEvent: OnEvent, connection: string): StartedRecord {
  const startedAt = new Date();
  const archives: ArchiveRecord[] = [];
  return {
    onEvent(event: LoadEvent) {
      if (event.type === "scanned")
        archives.push({ title: event.title, images: event.images, ...event.facts });
      onEvent(event);
    },
    end: (outcome) => ({
      outcome,
      archives,
      connection,
      startedAt,
      endedAt: new Date(),
      versions: { airgapLoad: readVersion(), node: process.version, system: `${platform()} ${arch()}` },
    }),
  };
}
