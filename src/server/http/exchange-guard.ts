import type { IncomingMessage, ServerResponse } from "node:http";

/** How often clients are looked at, in milliseconds, and the bytes that one must have moved since. */
const checkInterval = 60_000;
const minBytes = 4096;
/** For how long the rest of a refused body is read and thrown away, so that the client comes to see the refusal. */
const lingerTime = 5000;

interface ExchangeInProgress {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What had been moved at the last look; none yet means a whole interval to come. */
  moved: number;
}

/** Ends exchanges whose client neither sends nor takes anything worth mentioning, so that it costs nothing to wait for it. */
export class ExchangeGuard implements Disposable {
  readonly #exchanges = new Set<ExchangeInProgress>();
  readonly #timer: NodeJS.Timeout = setInterval(() => this.endStalled(), checkInterval).unref();

  watch(request: IncomingMessage, response: ServerResponse): void {
    const exchange = { request, response, moved: -Infinity };
    this.#exchanges.add(exchange);
    response.once("finish", () => lingerOver(request));
    response.once("close", () => this.#exchanges.delete(exchange));
  }

  /** Runs by itself; tests call it. */
  endStalled(): void {
    for (const exchange of this.#exchanges) {
      const { request, response } = exchange;
      const moved = movedBytes(request);
      if (isClientsTurn(request, response) && moved - exchange.moved < minBytes) request.socket.destroy();
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
