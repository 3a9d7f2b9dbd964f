import type { IncomingMessage, ServerResponse } from "node:http";

/** Answers one request; a rejection means that nothing sensible could be answered. Wrappers add what a handler lacks. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
