import type { RequestHandler } from "./request-handler.ts";

/** One request, once it is over. */
export interface Access {
  readonly method: string;
  /** As it came: text of a stranger. */
  readonly url: string;
  /** 0 where the connection broke before there was an answer. */
  readonly status: number;
  readonly milliseconds: number;
  /** Address of the other side. */
  readonly remote: string;
}

export type AccessHook = (access: Access) => void;

/** Tells of every request, also of one that broke off. */
export function logAccess(handler: RequestHandler, onAccess: AccessHook): RequestHandler {
  return (request, response) => {
    const began = performance.now();
    const remote = request.socket.remoteAddress ?? "";
    response.once("close", () =>
      onAccess({
        method: request.method ?? "",
        url: request.url ?? "",
        status: response.headersSent ? response.statusCode : 0,
        milliseconds: performance.now() - began,
        remote,
      }),
    );
    return handler(request, response);
  };
}
