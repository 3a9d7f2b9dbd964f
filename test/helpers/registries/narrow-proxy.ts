import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { type Listening, listenOnLoopback } from "./listen-on-loopback.ts";

export interface NarrowProxyOptions {
  /** Largest body that it lets through, as nginx's `client_max_body_size`; a larger one is a 413. */
  readonly maxBody?: number;
  /** Commits that it does not wait for: passed on, and answered 504 at once. */
  readonly impatientCommits?: number;
}

export interface NarrowProxy extends Listening {
  /** Sizes of the bodies that it refused. */
  readonly refused: readonly number[];
}

/** A reverse proxy with the usual faults of a reverse proxy, in front of a registry on loopback. */
export async function startNarrowProxy(
  target: string,
  { maxBody = Infinity, impatientCommits = 0 }: NarrowProxyOptions = {},
): Promise<NarrowProxy> {
  const refused: number[] = [];
  let commits = 0;
  const server = createServer((incoming, outgoing) => {
    const size = Number(incoming.headers["content-length"] ?? 0);
    if (size > maxBody) {
      refused.push(size);
      outgoing.writeHead(413, { "content-type": "text/html", connection: "close" });
      outgoing.end("<html><title>413 Request Entity Too Large</title></html>");
      return;
    }
    const isCommit = incoming.method === "PUT" && incoming.url?.includes("/blobs/uploads/") === true;
    forward(incoming, outgoing, target, isCommit && commits++ < impatientCommits);
  });
  return { ...(await listenOnLoopback(server)), refused };
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: string,
  isImpatient: boolean,
): void {
  const { method, url, headers } = incoming;
  const outward = request(`http://${target}${url}`, { method, headers });
  outward.on("error", () => outgoing.destroy());
  outward.on("response", (response) => {
    if (!isImpatient) outgoing.writeHead(response.statusCode ?? 0, response.headers);
    if (isImpatient) response.resume();
    else pipeline(response, outgoing).catch(() => outgoing.destroy());
  });
  pipeline(incoming, outward)
    .then(() => isImpatient && outgoing.writeHead(504).end())
    .catch(() => outgoing.destroy());
}
