import { arch, hostname, platform, userInfo } from "node:os";
import type { SourceFacts } from "../../content/image-source.ts";
import type { AirgapError } from "../../oci/airgap-error.ts";
import type { Notice } from "../../content/notice.ts";
import type { OnEvent } from "../../transfer/report/events.ts";
import type { LoadReport } from "../../transfer/report/report.ts";
import { formatBytes } from "../../content/byte-size.ts";
import { countNoun } from "../output/count-noun.ts";
import { UnfinishedNames } from "../files/failed-list.ts";
import { interrupted } from "../progress/progress-options.ts";
import type { ToldNotices } from "../output/told-notices.ts";
import { readVersion } from "../version.ts";

/** A run as it is kept: what came of it, from what, when, and by which program. */
export interface RunRecord {
  /** What was done, or why nothing was. */
  readonly outcome: LoadReport | AirgapError;
  /** What the operator was told beside it. */
  readonly warnings: readonly Notice[];
  readonly archives: readonly ArchiveRecord[];
  /** The options that reach the registry, for the commands that put tags back. */
  readonly connection: string;
  /** Who ran it, on which machine and in which folder. */
  readonly by: { readonly user: string; readonly host: string; readonly folder: string };
  /** Those that were given, on the command line or by the environment; no password is among them. */
  readonly options: readonly GivenOption[];
  /** The files that archives were compared with, and the keys that signed those. */
  readonly checksums: { readonly files: readonly string[]; readonly keys: readonly string[] };
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly versions: { readonly airgapLoad: string; readonly node: string; readonly system: string };
}

export interface GivenOption {
  /** `--platform-policy` */
  readonly name: string;
  /** `yes` and `no` for switches. */
  readonly value: string;
}

/** What is known of a run when it begins. */
export type RunBeginning = Pick<RunRecord, "connection" | "options" | "checksums"> & {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly notices: ToldNotices;
};

export interface ArchiveRecord extends SourceFacts {
  readonly title: string;
  readonly images: number;
}

export interface StartedRecord {
  /** A listener that takes an event down before it passes it on. */
  readonly passOn: (onEvent: OnEvent) => OnEvent;
  readonly end: (outcome: LoadReport | AirgapError) => RunRecord;
  /** What is to be said of a run that a signal has ended: how far it came. */
  readonly interruption: () => AirgapError;
  /** Names of the plan that do not stand for what this run brings, yet. */
  readonly unpublished: () => readonly string[];
}

/** Starts to keep a record of a run. */
export function startRecord({ env, signal, notices, ...beginning }: RunBeginning): StartedRecord {
  const startedAt = new Date();
  const archives: ArchiveRecord[] = [];
  const unfinished = new UnfinishedNames();
  const sent = { blobs: 0, bytes: 0 };
  return {
    passOn: (onEvent) =>
      unfinished.passOn((event) => {
        if (event.type === "scanned") {
          archives.push({ title: event.title, images: event.images, ...event.facts });
        }
        if (event.type === "blob" && event.outcome === "pushed") {
          sent.blobs++;
          sent.bytes += event.size;
        }
        onEvent(event);
      }),
    end: (outcome) => ({
      outcome,
      warnings: notices.list(),
      archives,
      ...beginning,
      by: { user: nameUser(env), host: hostname(), folder: process.cwd() },
      startedAt,
      endedAt: new Date(),
      versions: { airgapLoad: readVersion(), node: process.version, system: `${platform()} ${arch()}` },
    }),
    interruption: () => {
      const { planned } = unfinished;
      const published = planned - unfinished.names.length;
      const names = planned ? `${published} of ${planned} names published` : "no plan yet";
      const read = `${countNoun(archives.length, "archive")} read`;
      const blobs = `${countNoun(sent.blobs, "blob")} sent (${formatBytes(sent.bytes)})`;
      return interrupted(`${read}, ${blobs}, ${names}`, "publishes", signal);
    },
    unpublished: () => unfinished.names,
  };
}

/** With whoever became root; a user without a name has a number. */
function nameUser({ SUDO_USER: other }: NodeJS.ProcessEnv): string {
  return other ? `${currentUser()} (for ${other})` : currentUser();
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}
