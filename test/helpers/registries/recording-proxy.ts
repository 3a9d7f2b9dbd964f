import { once } from "node:events";
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { listenOnLoopback } from "./listen-on-loopback.ts";

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** Bytes of the body that came through so far. */
  bytes: number;
  status?: number;
}

export interface RecordingProxy {
  /** `127.0.0.1:34567`, to be used in place of the registry's own. */
  readonly host: string;
  readonly requests: readonly RecordedRequest[];
  /** Lets the next blob upload get no further than its first bytes; resolves once they have come, without a wait by the clock. */
  holdUpload(): Promise<void>;
  /** Lets everything through again. */
  release(): void;
  stop(): Promise<void>;
}

interface Hold {
  readonly reached: () => void;
  readonly released: Promise<unknown>;
  readonly release: () => void;
}

/** Stands between a client and a registry on loopback, and sees every request and every byte of its body. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = [];
  const agent = new Agent({ keepAlive: true });
  let hold: Hold | undefined;
  const server = createServer((incoming, outgoing) => {
    const record: RecordedRequest = { method: incoming.method ?? "", path: incoming.url ?? "", bytes: 0 };
    requests.push(record);
    forward(incoming, outgoing, target, agent, record, () => hold);
  });
  const listening = await listenOnLoopback(server);
  return {
    host: listening.host,
    requests,
    holdUpload: () => new Promise((reached) => (hold = createHold(reached))),
    release: () => {
      hold?.release();
      hold = undefined;
    },
    stop: async () => {
      hold?.release();
      agent.destroy();
      await listening.stop();
    },
  };
}

function createHold(reached: () => void): Hold {
  const controller = new AbortController();
  return { reached, released: once(controller.signal, "abort"), release: () => controller.abort() };
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: string,
  agent: Agent,
  record: RecordedRequest,
  currentHold: () => Hold | undefined,
): void {
  const { method, url, headers } = incoming;
  const outward = request(`http://${target}${url}`, { method, headers, agent });
  outward.on("error", () => outgoing.destroy());
  outward.on("response", (response) => {
    record.status = response.statusCode ?? 0;
    outgoing.writeHead(record.status, response.headers);
    pipeline(response, outgoing).catch(() => outgoing.destroy());
  });
  pipeline(passBody(incoming, record, currentHold), outward).catch(() => outgoing.destroy());
}

async function* passBody(
  incoming: IncomingMessage,
  record: RecordedRequest,
  currentHold: () => Hold | undefined,
): AsyncIterable<Uint8Array> {
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    record.bytes += chunk.length;
    const hold = isUpload(record) ? currentHold() : undefined;
    hold?.reached();
    await hold?.released;
    yield chunk;
  }
}

function isUpload({ method, path }: RecordedRequest): boolean {
  return (method === "PUT" || method === "PATCH") && path.includes("/blobs/uploads/");
}
