import type { ServerResponse } from "node:http";
import type { Fault } from "../test-registry.ts";
import { answerInSecret, type Refusal, sendRefusal, watchBody } from "./fault.ts";

/** Resets the connection before a byte is answered. */
export function resetBeforeAnswer(): Fault {
  return () => async (request) => {
    request.socket.resetAndDestroy();
  };
}

/** Breaks the connection once so many bytes of a request's body have arrived. */
export function dropAfter(bytes: number, how: "close" | "reset" = "close"): Fault {
  return (handler) => async (request, response) => {
    watchBody(request, (received) => {
      if (received < bytes) return;
      if (how === "reset") request.socket.resetAndDestroy();
      else request.socket.destroy();
    });
    await handler(request, response);
  };
}

/** Sends so many bytes of an answer's body and breaks the connection. */
export function truncateAnswer(bytes: number): Fault {
  return (handler) => async (request, response) => {
    let left = bytes;
    const write = response.write.bind(response);
    const cut = (chunk: unknown, callback?: (error?: Error | null) => void): void => {
      if (!(chunk instanceof Uint8Array)) return;
      const isLast = left <= chunk.length;
      write(chunk.subarray(0, left), (error) => (isLast ? response.destroy() : callback?.(error)));
      left -= chunk.length;
    };
    response.write = ((chunk: unknown, callback?: () => void) => {
      cut(chunk, callback);
      return true;
    }) as typeof response.write;
    response.end = ((chunk: unknown) => {
      cut(chunk);
      return response;
    }) as typeof response.end;
    await handler(request, response).catch(() => {});
  };
}

/** Never answers; ends when the client gives up. */
export function stall(): Fault {
  return () => (_request, response) => untilClosed(response);
}

/** Answers with that status, and a byte at a time of a body without end. */
export function trickle(status: number, headers: Readonly<Record<string, string>> = {}): Fault {
  return () => async (request, response) => {
    request.resume();
    response.writeHead(status, headers);
    await repeat(response, () => response.write("x"));
  };
}

/** Says again and again that it is at work, and never answers. */
export function onlyInterim(): Fault {
  return () => (request, response) => {
    request.resume();
    return repeat(response, () => response.writeProcessing());
  };
}

async function repeat(response: ServerResponse, act: () => void): Promise<void> {
  while (!response.destroyed) {
    act();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function untilClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once("close", resolve));
}

/** Does what was asked, and answers only when the gate opens: a slow commit, without a clock. */
export function hold(gate: Promise<unknown>): Fault {
  return (handler) => async (request, response) => {
    const end = response.end.bind(response);
    response.end = ((...args: Parameters<typeof end>) => {
      void gate.then(() => end(...args));
      return response;
    }) as typeof response.end;
    await handler(request, response);
  };
}

/** Does what was asked and resets the connection instead of saying so. */
export function obeyThenReset(): Fault {
  return (handler) => async (request, response) => {
    await answerInSecret(handler, request, response);
    request.socket.resetAndDestroy();
  };
}

/** Does what was asked and answers something else: a proxy's 504 while the registry commits. */
export function obeyThenRefuse(refusal: Refusal): Fault {
  return (handler) => async (request, response) => {
    await answerInSecret(handler, request, response);
    sendRefusal(response, refusal);
  };
}

/** Closes each connection behind its answer without having said so: an idle timeout that the client cannot know. */
export function closeWhenIdle(): Fault {
  return (handler) => async (request, response) => {
    response.once("finish", () => setImmediate(() => request.socket.destroy()));
    await handler(request, response);
  };
}

/** Writes these very bytes in place of an answer, and closes. */
export function answerRaw(text: string): Fault {
  return () => async (request) => {
    request.socket.end(text);
  };
}

/** A 429 with lines that end in a bare line feed, as Docker Hub's was seen (hub-feedback#1907). */
export function bareLineFeed429(): Fault {
  return answerRaw("HTTP/1.1 429 Too Many Requests\ncontent-length: 0\n\n");
}
