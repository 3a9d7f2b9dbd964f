import { createServer, request } from "node:http";
import { createConnection } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { describe, expect, test, vi } from "vitest";
import { AirgapError } from "../../src/oci/airgap-error.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { mediaTypes } from "../../src/oci/media-type.ts";
import { ConnectionLimit } from "../../src/server/http/connection-limit.ts";
import { ExchangeGuard } from "../../src/server/http/exchange-guard.ts";
import { listenOnLoopback } from "../helpers/registries/listen-on-loopback.ts";
import { startRegistryServer } from "../../src/server/registry-server.ts";
import { MemoryStorage } from "../../src/storage/memory-storage.ts";
import { pushBlobRaw } from "../helpers/registries/push-raw.ts";
import { send } from "../helpers/registries/send.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";

interface Listening extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

async function startServer(): Promise<Listening> {
  const server = await startRegistryServer({
    storage: new MemoryStorage(),
    listen: { host: "127.0.0.1", port: 0 },
    allowedHosts: ["x"],
  });
  return { url: server.url, port: server.address.port, [Symbol.asyncDispose]: () => server.stop(0) };
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(65_536, " ");
}

/** Writes these bytes and gives all that comes back until the other side closes. */
async function speak(port: number, bytes: string): Promise<string> {
  const socket = createConnection(port, "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}

describe("requests that are no requests", () => {
  test.each([
    ["no HTTP", "hello\r\n\r\n", "400"],
    ["a giant header", `GET /v2/ HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`, "431"],
    ["a giant path", `GET /v2/${"a/".repeat(10_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, "431"],
    ["two lengths", "POST /v2/ HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "400"],
    [
      "a length and chunks",
      "POST /v2/ HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
      "400",
    ],
  ])("%s is answered with the specification's error and the connection closed", async (_, bytes, status) => {
    await using server = await startServer();
    const answer = await speak(server.port, bytes);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).toContain('{"errors":[{"code":"UNSUPPORTED"');
  });
});

describe("paths that lead elsewhere", () => {
  test.each([
    "/v2/../../../etc/passwd",
    "/v2/a/../b/manifests/v1",
    "/v2/a/%2e%2e/%2e%2e/blobs/uploads/",
    "/v2/a%2f..%2fb/manifests/v1",
    "/v2/a/b/manifests/..%2f..%2findex.json",
    "/v2/a/b/blobs/sha256:..%2f..%2f",
    "/v2/a/b/blobs/sha256:%00",
    "/v2/a/_blobs/manifests/v1",
    "/v2/A/b/tags/list",
    "/v2/%zz/manifests/v1",
    "//v2/",
    "/v2//manifests/v1",
    "/index.json",
    "*",
  ])("%s is a 400 or a 404", async (path) => {
    await using server = await startServer();
    const answer = await speak(server.port, `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
  });
});

test("a manifest that is announced as larger than 4 MiB is refused before a byte of it is read", async () => {
  await using server = await startServer();
  const head = `PUT /v2/a/b/manifests/v1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${mediaTypes.oci.manifest}\r\ncontent-length: 99999999999\r\n\r\n`;
  expect(await speak(server.port, head)).toContain("413 Payload Too Large");
});

test("a manifest without a length is refused once it is too large, and the refusal gets through", async () => {
  await using server = await startServer();
  const headers = { "content-type": mediaTypes.oci.manifest };
  const sent = request(`${server.url}/v2/a/b/manifests/v1`, { method: "PUT", headers });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    sent.once("response", (response) => resolve(response.statusCode));
    sent.once("error", reject);
  });
  pipeline(endless, sent).catch(() => {});
  expect(await answered).toBe(413);
  sent.destroy();
});

test("deeply nested and ambiguous JSON is a 400", async () => {
  await using registry = await startTestRegistry();
  const headers = { "content-type": mediaTypes.oci.manifest };
  for (const body of [
    "[".repeat(200_000),
    '{"config":{},"config":{}}',
    "\u{feff}{}",
    `{"layers":${"[".repeat(9999)}`,
  ]) {
    const answer = await send("PUT", `${registry.url}/v2/a/b/manifests/v1`, { headers, body });
    expect([answer.status, answer.codes]).toEqual([400, ["MANIFEST_INVALID"]]);
  }
  expect(registry.failures).toEqual([]);
});

test("an upload that would be too large is given up", async () => {
  await using registry = await startTestRegistry({ maxBlobSize: 10 });
  const started = await send("POST", `${registry.url}/v2/a/b/blobs/uploads/`);
  const location = registry.url + started.headers["location"];
  expect((await send("PATCH", location, { body: "12345678" })).status).toBe(202);
  expect((await send("PATCH", location, { body: "90a" })).status).toBe(413);
  expect((await send("GET", location)).status).toBe(404);
});

test("two requests may not write to one upload", async () => {
  await using registry = await startTestRegistry();
  const started = await send("POST", `${registry.url}/v2/a/b/blobs/uploads/`);
  const path = started.headers["location"] ?? "";
  const socket = createConnection(registry.port, "127.0.0.1");
  socket.write(`PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc`);
  await expect.poll(() => registry.storage.findUpload("a/b", path.split("/").at(-1) ?? "")?.offset).toBe(3);
  expect((await send("PATCH", registry.url + path, { body: "abc" })).status).toBe(409);
  socket.destroy();
  await expect.poll(async () => (await send("PATCH", registry.url + path, { body: "def" })).status).toBe(202);
  expect(registry.failures).toEqual([]);
});

test("a client that breaks off a download is no failure of ours", async () => {
  await using registry = await startTestRegistry();
  const upload = await registry.storage.startUpload("a/b");
  const content = Buffer.alloc(20_000_000);
  await upload.append(Readable.from([content]));
  await upload.commit(digestOf(content));
  const socket = createConnection(registry.port, "127.0.0.1");
  socket.write(`GET /v2/a/b/blobs/${digestOf(content)} HTTP/1.1\r\nhost: x\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  await expect.poll(() => registry.requests.at(-1)?.closed).toBe(true);
  expect(registry.failures).toEqual([]);
});

test("an error says nothing of the content in whose place it comes, nor may it be kept for as long", async () => {
  await using registry = await startTestRegistry();
  const { digest } = await pushBlobRaw(registry.url, "a/b", "content");
  vi.spyOn(registry.storage, "lendBlob").mockImplementation(() => {
    throw new AirgapError("BLOB_UNKNOWN", "Cannot read it: it is not there any more");
  });
  const answer = await send("GET", `${registry.url}/v2/a/b/blobs/${digest}`, {
    headers: { range: "bytes=0-1" },
  });
  expect([answer.status, answer.codes]).toEqual([404, ["BLOB_UNKNOWN"]]);
  const { connection: _, "keep-alive": __, date: ___, ...headers } = answer.headers;
  expect(headers).toEqual({
    "content-type": "application/json",
    "content-length": String(answer.bytes.length),
    "docker-distribution-api-version": "registry/2.0",
  });
});

test("a client that stalls is cut off, and one that is served is not", async () => {
  using guard = new ExchangeGuard();
  await using registry = await startTestRegistry({
    faults: [
      (handler) => (request, response) => {
        guard.watch(request, response);
        return handler(request, response);
      },
    ],
  });
  const started = await send("POST", `${registry.url}/v2/a/b/blobs/uploads/`);
  const path = started.headers["location"] ?? "";
  const socket = createConnection(registry.port, "127.0.0.1");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(`PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n${"x".repeat(9000)}`);
  const offset = (): number | undefined =>
    registry.storage.findUpload("a/b", path.split("/").at(-1) ?? "")?.offset;
  await expect.poll(offset).toBe(9000);
  guard.endStalled();
  socket.write("x".repeat(9000));
  await expect.poll(offset).toBe(18_000);
  guard.endStalled();
  expect(socket.destroyed).toBe(false);
  guard.endStalled();
  await closed;
  expect(registry.failures).toEqual([]);
});

test("a client that takes less than any line carries is cut off after some minutes", async () => {
  using guard = new ExchangeGuard();
  await using registry = await startTestRegistry({
    faults: [
      (handler) => (request, response) => {
        guard.watch(request, response);
        return handler(request, response);
      },
    ],
  });
  const started = await send("POST", `${registry.url}/v2/a/b/blobs/uploads/`);
  const path = started.headers["location"] ?? "";
  const socket = createConnection(registry.port, "127.0.0.1");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {});
  socket.write(`PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n`);
  let looks = 0;
  // Known on the server's side at once; the client hears of it later.
  const isOver = (): boolean =>
    registry.requests.some(({ method, closed: isClosed }) => method === "PATCH" && isClosed);
  for (; !isOver() && looks < 20; looks++) {
    const size = (looks + 1) * 5000;
    socket.write("x".repeat(5000));
    const offset = (): number | undefined =>
      registry.storage.findUpload("a/b", path.split("/").at(-1) ?? "")?.offset;
    await expect.poll(offset).toBe(size);
    guard.endStalled();
    for (let i = 0; i < 3; i++) await new Promise(setImmediate);
  }
  await closed;
  expect(looks).toBeGreaterThan(5);
  expect(looks).toBeLessThan(12);
});

test("a client that never closes its side after a refusal gives the descriptor back all the same", async () => {
  await using server = await startServer();
  const socket = createConnection({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.resume();
  const closed = new Promise((resolve) => socket.once("error", resolve));
  socket.write("hello\r\n\r\n");
  await new Promise((resolve) => socket.once("end", resolve));
  const writing = setInterval(() => socket.write("x"), 50);
  expect(await closed).toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET/) });
  clearInterval(writing);
});

test("silent connections make room for those that ask, and those that are served stay", async () => {
  const connections = new ConnectionLimit(3 * 10);
  const server = createServer((request, response) => {
    connections.watchRequest(request, response);
    if (request.url === "/") response.end("done");
    else response.write("more to come");
  });
  connections.watch(server);
  const { host, stop } = await listenOnLoopback(server);
  const port = Number(host.split(":")[1]);
  const served = createConnection(port, "127.0.0.1");
  served.write("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n");
  await new Promise((resolve) => served.once("data", resolve));
  const silent = Array.from({ length: 30 }, () => createConnection(port, "127.0.0.1").on("error", () => {}));
  await Promise.all(
    silent.slice(0, 20).map((socket) => new Promise((resolve) => socket.once("close", resolve))),
  );
  expect((await send("GET", `http://${host}/`)).text).toBe("done");
  expect(served.destroyed).toBe(false);
  for (const socket of [served, ...silent]) socket.destroy();
  await stop();
});

describe("a registry on loopback", () => {
  test.each([
    ["GET", {}, 200],
    ["GET", { host: "localhost:5000" }, 200],
    ["GET", { host: "k3d.localhost" }, 200],
    ["GET", { host: "[::1]:5000" }, 200],
    ["GET", { host: "x:5000" }, 200],
    ["GET", { host: "evil.example" }, 403],
    ["GET", { host: "127.0.0.1.evil.example" }, 403],
    ["GET", { host: "evil.example", origin: "http://evil.example" }, 403],
    ["POST", { origin: "http://evil.example" }, 403],
    ["POST", { origin: "null" }, 403],
    ["POST", { host: "x", origin: "https://x" }, 202],
    ["POST", {}, 202],
  ] as const)("answers a %s with %j with %i", async (method, headers, status) => {
    await using server = await startServer();
    const path = method === "GET" ? "/v2/" : "/v2/a/b/blobs/uploads/";
    const answer = await send(method, server.url + path, { headers });
    expect([answer.status, answer.codes]).toEqual([status, status === 403 ? ["DENIED"] : []]);
  });
});
