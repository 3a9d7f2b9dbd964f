import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
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
    const response = await transport.request({ method: "HEAD", url, headers: {}, timeout: 5000 });
    await response.discard();
  }
  // undici may open a second one before it knows that the first is free again.
  expect(connections).toBeLessThanOrEqual(2);
});
