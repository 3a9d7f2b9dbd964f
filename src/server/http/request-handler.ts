import type { IncomingMessage, ServerResponse } from "node:http";

/** Answers one request, or rejects with what `sendError` is to answer. Wrappers add what a handler lacks. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
