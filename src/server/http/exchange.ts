import type { IncomingMessage, ServerResponse } from "node:http";
import type { ContentStorage } from "../../storage/content-storage.ts";
import type { Route } from "./route.ts";

/** One request under way, and what it is about: what every endpoint is given. */
export interface Exchange {
  readonly storage: ContentStorage;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly route: Route;
  /** Largest blob that is taken, in bytes. */
  readonly maxBlobSize: number;
}

/** Ends the answer with a status and headers and no body. */
export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-length": "0", ...headers }).end();
}

/** Ends the answer with bytes in memory; a HEAD gets their length alone. */
export function sendBytes(
  response: ServerResponse,
  status: number,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { "content-length": String(bytes.length), ...headers }).end(bytes);
}

/** Ends the answer with a JSON document. */
export function sendJson(
  response: ServerResponse,
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendBytes(response, status, Buffer.from(JSON.stringify(document)), {
    "content-type": "application/json",
    ...headers,
  });
}

/**
 * Ends the answer with bytes that are lent piece by piece, each given back when it has been sent. Throws what they throw, and
 * where the connection breaks.
 */
export async function sendLent(response: ServerResponse, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) await sendPiece(response, piece);
  response.end();
}

/** A broken connection may take no notice of what is written to it. */
function sendPiece(response: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(new Error("the connection broke off"));
    if (response.destroyed) onClose();
    response.once("close", onClose);
    response.write(piece, (error) => {
      // Once it is closed everybody knows that the client is gone: what a write to it says is no failure of ours.
      if (error) {
        response.destroy();
        return;
      }
      response.off("close", onClose);
      resolve();
    });
  });
}
