import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** More than any honest site has; each has a file open, and so has what it reads. */
const maxConnections = 4096;

/**
 * Keeps the number of connections under a limit, so that files can always be opened: where there are too many, the one that
 * has been without a request for longest is closed, be it silent or kept alive.
 */
export class ConnectionLimit {
  readonly #limit: number;
  readonly #idle = new Map<string, Socket>();
  readonly #busy = new Set<string>();

  /** `openFiles` is how many files and connections the process may have. */
  constructor(openFiles: number) {
    this.#limit = Math.min(maxConnections, Math.floor(openFiles / 3));
  }

  watch(server: Server): void {
    server.on("connection", (socket: Socket) => this.#add(nameOf(socket), socket));
  }

  #add(name: string, socket: Socket): void {
    this.#idle.set(name, socket);
    socket.once("close", () => {
      if (this.#idle.get(name) === socket) this.#idle.delete(name);
      this.#busy.delete(name);
    });
    if (this.#idle.size + this.#busy.size > this.#limit) this.#idle.values().next().value?.destroy();
  }

  /** A connection is not closed as long as one of its requests is under way. */
  watchRequest({ socket }: IncomingMessage, response: ServerResponse): void {
    const name = nameOf(socket);
    const idle = this.#idle.get(name);
    if (!idle) return;
    this.#idle.delete(name);
    this.#busy.add(name);
    response.once("close", () => {
      if (this.#busy.delete(name) && !idle.destroyed) this.#idle.set(name, idle);
    });
  }
}

/** The same for a socket and the TLS socket around it. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
