import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { collectGarbage } from "../../src/storage/directory/collect-garbage.ts";
import { DirectoryStorage } from "../../src/storage/directory/directory-storage.ts";
import { verifyDirectory } from "../../src/storage/directory/verify-directory.ts";
import { send } from "../helpers/registries/send.ts";
import { type ServeProcess, startServeProcess } from "../helpers/registries/serve-process.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

/** `npm run stress:serve` has ten thousand. */
const rounds = Number(process.env["AIRGAP_LOAD_INTERLEAVINGS"] ?? 200);
const pushers = 6;
const victim = randomBytes(200_000);

function random(below: number): number {
  return Math.floor(Math.random() * below);
}

/** Lets so many turns of the event loop go by: what happens meanwhile is another interleaving each time. */
async function waitTurns(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(setImmediate);
}

/** Two registries over one folder, one of which may be down at any moment. */
class Registries {
  readonly #data: string;
  readonly #running: ServeProcess[] = [];

  constructor(data: string) {
    this.#data = data;
  }

  async start(): Promise<void> {
    while (this.#running.length < 2) this.#running.push(await startServeProcess(this.#data));
  }

  async restartOne(): Promise<void> {
    const server = this.#running.splice(random(2), 1)[0];
    await server?.stop(random(3) ? "SIGTERM" : "SIGKILL");
    await this.start();
  }

  get url(): string {
    return this.#running[random(this.#running.length)]?.url ?? "";
  }

  async stop(): Promise<void> {
    for (const server of this.#running) await server.stop();
  }
}

interface Outcome {
  /** 0 where the registry went away. */
  readonly status: number;
  readonly digest: Digest;
}

async function trySend(
  ...args: Parameters<typeof send>
): Promise<Awaited<ReturnType<typeof send>> | undefined> {
  return send(...args).catch(() => undefined);
}

/** One upload, in one or several steps, with whatever may go wrong at some moment of it. */
async function pushAmidTrouble(url: string, repository: string): Promise<Outcome> {
  const bytes = random(4) ? randomBytes(1 + random(60_000)) : victim;
  const digest = digestOf(bytes);
  const started = await trySend("POST", `${url}/v2/${repository}/blobs/uploads/`);
  const location = url + (started?.headers["location"] ?? "/v2/gone/blobs/uploads/x");
  const cut = random(2) ? random(bytes.length) : 0;
  const trouble = (async () => {
    await waitTurns(random(60));
    if (random(3)) await trySend("DELETE", location);
    else await trySend("PATCH", location, { body: "something else" });
  })();
  if (cut) await trySend("PATCH", location, { body: bytes.subarray(0, cut) });
  const pushed = await trySend("PUT", `${location}?digest=${digest}`, { body: bytes.subarray(cut) });
  await trouble;
  return { status: pushed?.status ?? 0, digest };
}

/** What another process does to the folder meanwhile: it takes uploads for left behind, however young, and collects garbage. */
async function sweep(data: string): Promise<void> {
  const uploads = join(data, "uploads");
  for (const name of (await readdir(uploads)).filter((each) => !each.startsWith("part-"))) {
    await rm(join(uploads, name), { force: true });
  }
  await using storage = await DirectoryStorage.open(data);
  await collectGarbage(storage);
}

test(
  `a blob that was acknowledged is there and right, over ${rounds} uploads with cancellations, sweeps and stops`,
  async () => {
    const data = await makeTempFolder();
    const registries = new Registries(data);
    await registries.start();
    const acknowledged = new Map<Digest, string>();
    const statuses = new Map<number, number>();
    const progress = { left: rounds };
    const push = async (repository: string): Promise<void> => {
      while (progress.left > 0) {
        progress.left--;
        const { status, digest } = await pushAmidTrouble(registries.url, repository);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 201) acknowledged.set(digest, repository);
      }
    };
    const disturb = async (): Promise<void> => {
      while (progress.left > 0) {
        await waitTurns(200 + random(400));
        await (random(8) ? sweep(data) : registries.restartOne());
      }
    };
    await Promise.all([...Array.from({ length: pushers }, (_, i) => push(`stress/r${i}`)), disturb()]);
    for (const [digest, repository] of acknowledged) {
      expect(digestOf((await send("GET", `${registries.url}/v2/${repository}/blobs/${digest}`)).bytes)).toBe(
        digest,
      );
    }
    await registries.stop();
    await using storage = await DirectoryStorage.open(data);
    expect((await verifyDirectory(storage)).problems).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(0);
    expect([...statuses.keys()].filter((status) => ![0, 201, 400, 404, 409].includes(status))).toEqual([]);
    console.log(`${acknowledged.size} blobs acknowledged, answers ${JSON.stringify([...statuses])}`);
  },
  600_000 + rounds * 1000,
);
