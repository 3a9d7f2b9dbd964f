import { randomBytes } from "node:crypto";
import { EventEmitter, on } from "node:events";
import { expect, test } from "vitest";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { DirectoryStorage } from "../../src/storage/directory/directory-storage.ts";
import { verifyDirectory } from "../../src/storage/directory/verify-directory.ts";
import { indexOf, pushBlobRaw, pushImageBlobs, pushManifestRaw } from "../helpers/registries/push-raw.ts";
import { send } from "../helpers/registries/send.ts";
import { startServeProcess } from "../helpers/registries/serve-process.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

/** `AIRGAP_LOAD_CRASH_ROUNDS=100` is the long form. */
const rounds = Number(process.env["AIRGAP_LOAD_CRASH_ROUNDS"] ?? 4);
const pushers = 4;

/** What a registry has said yes to, and for each tag what else it may be on: a push that nobody heard back of. */
class Journal {
  /** Paths of blobs and manifests, in the order in which they were acknowledged. */
  readonly content = new Map<string, Digest>();
  readonly tags = new Map<string, { said: Digest | undefined; asked: Digest[] }>();
  readonly #acknowledged = new EventEmitter();

  /** Resolves at the so manieth yes from now on. */
  async waitFor(count: number): Promise<void> {
    for await (const _ of on(this.#acknowledged, "yes")) if (--count <= 0) return;
  }

  keep(kind: "blobs" | "manifests", digest: Digest, repository: string): void {
    this.content.set(`${repository}/${kind}/${digest}`, digest);
    this.#acknowledged.emit("yes");
  }

  ask(name: string, digest: Digest): void {
    const tag = this.tags.get(name) ?? { said: undefined, asked: [] };
    tag.asked.push(digest);
    this.tags.set(name, tag);
  }

  confirm(name: string, digest: Digest): void {
    this.tags.set(name, { said: digest, asked: [] });
  }
}

class RefusedError extends Error {}

/** Pushes blobs, images and lists into a repository until the registry is gone. */
async function pushUntilGone(url: string, repository: string, journal: Journal): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      const big = await pushBlobRaw(url, repository, randomBytes(1 + Math.floor(Math.random() * 500_000)));
      if (big.status === 201) journal.keep("blobs", big.digest, repository);
      const shared = await pushBlobRaw(url, repository, `the same for everyone, round ${i}`);
      if (shared.status === 201) journal.keep("blobs", shared.digest, repository);
      const manifest = await pushImageBlobs(url, repository, randomBytes(8).toString("hex"));
      for (const [tag, document] of [
        [`v${i % 3}-arm64`, manifest],
        [`v${i % 3}`, indexOf([manifest])],
      ] as const) {
        const { digest } = document.descriptor;
        journal.ask(`${repository}:${tag}`, digest);
        const answer = await pushManifestRaw(url, repository, tag, document);
        if (answer.status !== 201) throw new RefusedError(`${answer.status} ${answer.text}`);
        journal.confirm(`${repository}:${tag}`, digest);
        journal.keep("manifests", digest, repository);
      }
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      return;
    }
  }
}

async function expectContent(url: string, content: Iterable<readonly [string, Digest]>): Promise<void> {
  for (const [path, digest] of content) {
    expect(digestOf((await send("GET", `${url}/v2/${path}`)).bytes)).toBe(digest);
  }
}

async function expectTags(url: string, journal: Journal): Promise<void> {
  for (const [name, { said, asked }] of journal.tags) {
    const [repository = "", tag = ""] = name.split(":");
    const { status, headers } = await send("HEAD", `${url}/v2/${repository}/manifests/${tag}`);
    const digest = status === 404 ? undefined : headers["docker-content-digest"];
    expect([said, ...asked]).toContain(digest);
    if (digest !== undefined) journal.confirm(name, digest as Digest);
  }
}

test(
  `nothing that was acknowledged is lost over ${rounds} rounds of kill -9`,
  async () => {
    const data = await makeTempFolder();
    const journal = new Journal();
    let checked = 0;
    for (let round = 0; round < rounds; round++) {
      const server = await startServeProcess(data);
      await expectTags(server.url, journal);
      await expectContent(server.url, [...journal.content].slice(checked));
      checked = journal.content.size;
      const pushing = Array.from({ length: pushers }, (_, i) =>
        pushUntilGone(server.url, `crash/r${i}`, journal),
      );
      await journal.waitFor(1 + Math.floor(Math.random() * 40));
      await server.stop("SIGKILL");
      await Promise.all(pushing);
    }
    await using storage = await DirectoryStorage.open(data);
    const { problems, tags } = await verifyDirectory(storage);
    expect(problems).toEqual([]);
    expect(tags).toBeGreaterThan(0);
    const last = await startServeProcess(data);
    await expectTags(last.url, journal);
    await expectContent(last.url, journal.content);
    await last.stop();
    console.log(`${rounds} rounds: ${journal.content.size} blobs and manifests, ${tags} tags, none lost`);
  },
  600_000 + rounds * 20_000,
);
