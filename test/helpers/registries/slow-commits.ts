import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { type Listening, listenOnLoopback } from "./listen-on-loopback.ts";

export interface SlowCommits extends Listening {
  /** Digests of the blobs whose bytes came, as often as they did. */
  readonly commits: readonly string[];
}

interface HeldCommit {
  questions: number;
  readonly go: () => Promise<void>;
}

/**
 * Stands before a registry on loopback and makes it slow, without a clock: a blob whose bytes came is committed when it
 * has been asked for twice, whether or not anybody still waits for the answer to its upload.
 */
export async function startSlowCommits(target: string): Promise<SlowCommits> {
  const commits: string[] = [];
  const held = new Map<string, HeldCommit>();
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(`http://${target}${incoming.url}`);
    const body = await buffer(incoming);
    const digest = incoming.method === "PUT" ? url.searchParams.get("digest") : null;
    if (digest !== null) {
      commits.push(digest);
      held.set(digest, { questions: 2, go: () => forward(incoming, url, body, outgoing) });
      return;
    }
    const commit = incoming.method === "HEAD" && held.get(url.pathname.split("/").at(-1) ?? "");
    if (commit && --commit.questions === 0) await commit.go();
    await forward(incoming, url, body, outgoing);
  }
  return { ...(await listenOnLoopback(server)), commits };
}

async function forward(
  { method, headers }: IncomingMessage,
  url: URL,
  body: Buffer,
  outgoing: ServerResponse,
): Promise<void> {
  const outward = request(url, { method, headers }).end(body);
  const [response] = (await once(outward, "response")) as [IncomingMessage];
  const answer = await buffer(response);
  outgoing.writeHead(response.statusCode ?? 0, response.headers).end(answer);
}
