import type { IncomingMessage, ServerResponse } from "node:http";

/** How often clients are looked at, in milliseconds, and the bytes that one must have moved since. */
const checkInterval = 60_000;
const minBytes = 4096;
/** What an exchange may take as long as it waits for its client: some minutes, and more in proportion to what has moved. */
const patience = 300_000;
const minRate = 2048 / 1000;
/** For how long the rest of a refused body is read and thrown away, so that the client comes to see the refusal. */
const lingerTime = 5000;

interface ExchangeInProgress {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the connection had moved when the exchange began, and at the last look. */
  readonly before: number;
  moved: number;
  /** Milliseconds for which its client has kept us waiting; none as long as no whole interval has gone by. */
  waited: number | undefined;
}

/**
 * Ends exchanges whose client neither sends nor takes anything worth mentioning, or does so more slowly than any line: an
 * answer ends in a time in proportion to its size, and the connection's descriptor comes back.
 */
export class ExchangeGuard implements Disposable {
  readonly #exchanges = new Set<ExchangeInProgress>();
  readonly #timer: NodeJS.Timeout = setInterval(() => this.endStalled(), checkInterval).unref();

  watch(request: IncomingMessage, response: ServerResponse): void {
    const moved = movedBytes(request);
    const exchange = { request, response, before: moved, moved, waited: undefined };
    this.#exchanges.add(exchange);
    response.once("finish", () => lingerOver(request));
    response.once("close", () => this.#exchanges.delete(exchange));
  }

  /** Runs by itself; tests call it. */
  endStalled(): void {
    for (const exchange of this.#exchanges) {
      const { request, response, before, waited } = exchange;
      const moved = movedBytes(request);
      const isWaiting = isClientsTurn(request, response);
      exchange.waited = waited === undefined ? 0 : waited + (isWaiting ? checkInterval : 0);
      const isStalled = waited !== undefined && moved - exchange.moved < minBytes;
      const isTooSlow = moved - before < (exchange.waited - patience) * minRate;
      if (isWaiting && (isStalled || isTooSlow)) request.socket.destroy();
      exchange.moved = moved;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function movedBytes({ socket }: IncomingMessage): number {
  return socket.bytesRead + socket.bytesWritten - socket.writableLength;
}

/** Neither our disk nor our commit is what is being waited for. */
function isClientsTurn(request: IncomingMessage, response: ServerResponse): boolean {
  const isSending = !request.complete && request.readableLength === 0;
  return isSending || response.writableLength > 0 || request.socket.writableLength > 0;
}

function lingerOver(request: IncomingMessage): void {
  if (request.complete) return;
  request.resume();
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), lingerTime).unref();
  request.once("close", () => clearTimeout(timer));
}
