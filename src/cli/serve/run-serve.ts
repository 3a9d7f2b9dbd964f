import type { JsonFlag } from "../output/json/json-option.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { once } from "node:events";
import { exitCodes } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import type { Access } from "../../server/http/access-log.ts";
import { isLoopback } from "../../oci/host-name.ts";
import { serve } from "../../server/serve.ts";
import { collectGarbage } from "../../storage/directory/collect-garbage.ts";
import { DirectoryStorage } from "../../storage/directory/directory-storage.ts";
import { verifyDirectory } from "../../storage/directory/verify-directory.ts";
import { formatBytes } from "../../content/byte-size.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import { BlobTask } from "../../transfer/report/blob-task.ts";
import { withProgress } from "../progress/progress-options.ts";
import { usageError } from "../usage-error.ts";
import type { Terminal } from "../terminal.ts";

/** The options of `serve` as commander hands them over. */
export interface ServeFlags extends JsonFlag {
  readonly data: string;
  readonly listen: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly plainHttp?: boolean;
  readonly htpasswd?: string;
  readonly allowAnonymousPull?: boolean;
  readonly readOnly?: boolean;
  readonly allowedHost?: readonly string[];
  readonly wanted?: string;
  readonly verify?: boolean;
  readonly collectGarbage?: boolean;
  readonly untagged?: boolean;
  readonly verbose?: boolean;
  readonly progress: boolean;
}

/** Serves until a signal comes, or checks or cleans the folder; resolves to the exit code. */
export async function runServe(flags: ServeFlags, terminal: Terminal): Promise<number> {
  if (flags.json && !flags.verify && !flags.collectGarbage) {
    throw usageError("Cannot print JSON: --json goes with --verify and --collect-garbage");
  }
  if (flags.verify) return verifyFolder(flags, terminal);
  if (flags.collectGarbage) return cleanFolder(flags, terminal);
  return serveFolder(flags, terminal);
}

async function verifyFolder(flags: ServeFlags, terminal: Terminal): Promise<number> {
  const { stdout, stderr, signal } = terminal;
  const { problems, ...counts } = await withProgress(
    flags,
    terminal,
    async ({ onEvent }) => {
      const options = { readOnly: true, onNotice: tellNotices(onEvent) };
      await using storage = await DirectoryStorage.open(flags.data, options);
      return await verifyDirectory(storage, signal, (total) => {
        const task = new BlobTask({ activity: "checking", title: flags.data }, onEvent, total);
        return (chunks) => task.read(chunks);
      });
    },
    "reads",
  );
  if (flags.json) {
    const told = { changed: false, passed: problems.length === 0, problems, totals: counts };
    writeJson(terminal, jsonDocument("serve --verify", told));
    return problems.length ? exitCodes.content : exitCodes.done;
  }
  for (const problem of problems) stderr.write(shown(`${printable(problem, 1000)}\n`));
  stdout.write(
    shown(
      `${counts.blobs} blobs (${formatBytes(counts.bytes)}), ${counts.manifests} manifests, ${counts.tags} tags: ` +
        `${problems.length ? `${problems.length} problems` : "all as they should be"}\n`,
    ),
  );
  return problems.length ? exitCodes.content : exitCodes.done;
}

async function cleanFolder(flags: ServeFlags, terminal: Terminal): Promise<number> {
  const { data, untagged = false, json } = flags;
  const { stdout, signal } = terminal;
  const task = { type: "progress", activity: "collecting garbage in", title: data } as const;
  const { manifests, blobs, bytes } = await withProgress(
    flags,
    terminal,
    async ({ onEvent }) => {
      await using storage = await DirectoryStorage.open(data, { onNotice: tellNotices(onEvent) });
      return await collectGarbage(storage, {
        untagged,
        signal,
        onProgress: (done, noun, total) => onEvent({ ...task, items: { done, noun, total } }),
      });
    },
    "collects",
  );
  if (json) {
    const [changed, totals] = [manifests + blobs > 0, { manifests, blobs, bytes }];
    writeJson(terminal, jsonDocument("serve --collect-garbage", { changed, totals }));
    return exitCodes.done;
  }
  stdout.write(shown(`Removed ${manifests} manifests, ${blobs} blobs (${formatBytes(bytes)})\n`));
  return exitCodes.done;
}

async function serveFolder(flags: ServeFlags, { stderr, signal }: Terminal): Promise<number> {
  const server = await serve({
    ...flags,
    onNotice: ({ text }) => stderr.write(shown(`${printable(text, 1000)}\n`)),
    onFailure: (error) => stderr.write(shown(`${printable(String(error), 1000)}\n`)),
    ...(flags.verbose ? { onAccess: (access) => stderr.write(shown(formatAccess(access))) } : {}),
  });
  stderr.write(shown(`Serving ${printable(flags.data)} at ${server.url}\n`));
  if (isLoopback(server.address.host)) {
    stderr.write(
      shown("Only this machine can reach it; --listen :PORT with --tls-cert or --plain-http is for others\n"),
    );
  }
  if (isOpenToPushes(flags)) {
    stderr.write(
      shown(
        "Anyone who reaches it may push and delete; --htpasswd asks for a password, --read-only lets nobody\n",
      ),
    );
  }
  if (!signal.aborted) await once(signal, "abort");
  await server.stop();
  return exitCodes.done;
}

function isOpenToPushes({ htpasswd, readOnly = false }: ServeFlags): boolean {
  return htpasswd === undefined && !readOnly;
}

function formatAccess({ method, url, status, milliseconds, remote }: Access): string {
  const time = new Date().toISOString();
  return `${time} ${remote} ${printable(method)} ${printable(url)} ${status} ${milliseconds.toFixed(0)}ms\n`;
}
