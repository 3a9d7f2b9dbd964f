import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as breathe } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { makeContent } from "../../deflate/contents.ts";
import { createUndiciTransport } from "../../../src/registry/http/undici-transport.ts";

test("connections are kept after HEAD, since to open them over TLS takes longer than the answer", async () => {
  let connections = 0;
  const server = createServer((_request, response) => response.end());
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  await using transport = createUndiciTransport({
    connections: 4,
    tlsFor: async () => ({}),
    proxyFor: () => undefined,
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/a/blobs/x`);
  for (let i = 0; i < 5; i++) {
    const response = await transport.request({ method: "HEAD", url, headers: {}, timeout: 60_000 });
    await response.discard();
  }
  // undici may open a second one before it knows that the first is free again.
  expect(connections).toBeLessThanOrEqual(2);
});

test("answers at the same time come whole, in pieces that are large, however slowly they are read", async () => {
  const contents = [1, 2, 3].map((seed) => makeContent({ kind: "random", size: 8_000_000, seed }));
  const server = createServer(({ url = "" }, response) => response.end(contents[Number(url.at(-1))]));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  await using transport = createUndiciTransport({
    connections: 4,
    tlsFor: async () => ({}),
    proxyFor: () => undefined,
  });
  const { port } = server.address() as AddressInfo;
  const read = async (at: number): Promise<Buffer[]> => {
    const url = new URL(`http://127.0.0.1:${port}/${at}`);
    const chunks: Buffer[] = [];
    for await (const chunk of (await transport.request({ method: "GET", url, headers: {}, timeout: 60_000 }))
      .body) {
      chunks.push(chunk as Buffer);
      for (let i = 0; i < at * 10; i++) await breathe();
    }
    return chunks;
  };
  const answers = await Promise.all(contents.map((_, at) => read(at)));
  for (const [at, chunks] of answers.entries()) {
    expect(digestOf(Buffer.concat(chunks))).toBe(digestOf(contents[at]!));
    expect(Math.max(...chunks.map(({ length }) => length))).toBeGreaterThan(64 * 1024);
  }
});
