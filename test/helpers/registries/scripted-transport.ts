import { expect } from "vitest";
import type { RegistryRequest, RegistryResponse, Transport } from "../../../src/registry/http/transport.ts";

/** One exchange that is to come. */
export interface Exchange {
  /** Method and path of the registry, or method and address elsewhere: `HEAD /v2/app/blobs/sha256:...`. */
  readonly on: string | RegExp;
  /** Headers that it must have; undefined for one that it must not have. */
  readonly headers?: Readonly<Record<string, string | RegExp | undefined>>;
  /** The body as text. */
  readonly body?: string | RegExp;
  /** A status, more of an answer, or what goes wrong. */
  readonly answer: number | Answer | Error;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text, or what becomes JSON. */
  readonly body?: unknown;
}

export interface ScriptedTransport extends Transport {
  /** What was asked, as in `on`. */
  readonly requests: readonly string[];
  /** Fails where the script was not followed to its end. */
  finish(): void;
}

export const registryOrigin = "https://registry.site";

/** A wire on which these exchanges happen in this order, and nothing else may. */
export function scriptTransport(script: readonly Exchange[]): ScriptedTransport {
  const left = [...script];
  const requests: string[] = [];
  const faults: unknown[] = [];
  return {
    requests,
    finish() {
      expect(faults).toEqual([]);
      expect(left.map(({ on }) => String(on))).toEqual([]);
    },
    async request(request) {
      const title = `${request.method} ${request.url.href.replace(registryOrigin, "")}`;
      requests.push(title);
      const exchange = left.shift();
      const body = exchange?.answer instanceof Error ? "" : await readText(request);
      try {
        if (!exchange) throw new Error(`unexpected: ${title}`);
        checkRequest(request, title, body, exchange);
      } catch (error) {
        faults.push(error);
        throw error;
      }
      if (exchange.answer instanceof Error) throw exchange.answer;
      return makeResponse(
        typeof exchange.answer === "number" ? { status: exchange.answer } : exchange.answer,
      );
    },
    async [Symbol.asyncDispose]() {},
  };
}

function checkRequest(request: RegistryRequest, title: string, body: string, exchange: Exchange): void {
  expect(title).toEqual(typeof exchange.on === "string" ? exchange.on : expect.stringMatching(exchange.on));
  for (const [name, wanted] of Object.entries(exchange.headers ?? {})) {
    const found = String(request.headers[name]);
    expect([name, found]).toEqual([
      name,
      wanted instanceof RegExp ? expect.stringMatching(wanted) : String(wanted),
    ]);
  }
  if (exchange.body !== undefined) expect(body).toMatch(exchange.body);
}

async function readText({ body }: RegistryRequest): Promise<string> {
  if (body === undefined) return "";
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function makeResponse({ status, headers = {}, body = "" }: Answer): RegistryResponse {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    status,
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
    body: (async function* () {
      if (text) yield Buffer.from(text);
    })(),
    discard: async () => undefined,
  };
}

/** The error of a wire that breaks in this way: `ECONNRESET`. */
export function breakage(code: string): Error {
  return Object.assign(new Error(`broken: ${code}`), { code });
}

/** An answer in the distribution specification's form. */
export function refusal(status: number, code: string, message = "", headers: Answer["headers"] = {}): Answer {
  return { status, headers, body: { errors: [{ code, message }] } };
}
