import { once } from "node:events";
import { createServer, request as sendRequest } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { findProxy } from "../../../src/registry/http/proxy-settings.ts";
import { createRegistryStore } from "../../../src/registry/registry-store.ts";
import { createUndiciTransport } from "../../../src/registry/http/undici-transport.ts";
import { authority, readCertificate } from "../../helpers/registries/certificates.ts";
import { createFakeClock } from "../../helpers/fake-clock.ts";
import { startTestRegistry } from "../../helpers/registries/test-registry.ts";

interface Case {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly proxy: string | undefined;
}

const cases: readonly Case[] = [
  { url: "https://r.site/", env: { HTTPS_PROXY: "http://p:3128" }, proxy: "http://p:3128/" },
  {
    url: "https://r.site/",
    env: { https_proxy: "p:3128", HTTPS_PROXY: "http://other" },
    proxy: "http://p:3128/",
  },
  { url: "https://r.site/", env: { HTTP_PROXY: "http://p:3128" }, proxy: undefined },
  {
    url: "http://r.site/",
    env: { HTTP_PROXY: "http://p:3128", HTTPS_PROXY: "http://q" },
    proxy: "http://p:3128/",
  },
  { url: "https://127.0.0.1:5000/", env: { HTTPS_PROXY: "http://p" }, proxy: undefined },
  { url: "https://localhost:5000/", env: { HTTPS_PROXY: "http://p" }, proxy: undefined },
  { url: "https://[::1]:5000/", env: { HTTPS_PROXY: "http://p" }, proxy: undefined },
  { url: "https://r.site/", env: { HTTPS_PROXY: "://" }, proxy: undefined },
];

const excluded: readonly (readonly [noProxy: string, url: string, isExcluded: boolean])[] = [
  ["*", "https://r.site/", true],
  ["r.site", "https://r.site/", true],
  ["r.site", "https://a.r.site/", true],
  ["r.site", "https://other.site/", false],
  ["r.site", "https://notr.site/", false],
  [".r.site", "https://r.site/", false],
  [".r.site", "https://a.r.site/", true],
  ["*.r.site", "https://a.r.site/", true],
  ["a, r.site ,b", "https://r.site/", true],
  ["R.Site", "https://r.site/", true],
  ["r.site:5000", "https://r.site:5000/", true],
  ["r.site:5000", "https://r.site/", false],
  ["r.site:443", "https://r.site/", true],
  ["192.168.2.23", "https://192.168.2.23:5000/", true],
  ["192.168.0.0/16", "https://192.168.2.23:5000/", true],
  ["192.168.0.0/24", "https://192.168.2.23:5000/", false],
  ["192.168.0.0/99", "https://192.168.2.23:5000/", false],
  ["fd00::/8", "https://[fd12::1]:5000/", true],
  ["[fd12::1]", "https://[fd12::1]:5000/", true],
  ["2.23", "https://192.168.2.23:5000/", false],
];

describe("the proxy", () => {
  test.for(cases)("for $url with $env", ({ url, env, proxy }) => {
    expect(findProxy(new URL(url), env)?.href).toBe(proxy);
  });

  test.for(excluded)("with NO_PROXY=%s for %s: none is %s", ([noProxy, url, isExcluded]) => {
    const env = { HTTPS_PROXY: "http://p", NO_PROXY: noProxy };
    expect(findProxy(new URL(url), env) === undefined).toBe(isExcluded);
  });
});

/** A proxy that tunnels, and passes plain requests on, and notes what it was asked for and by whom. */
async function startProxy(refuses = false): Promise<{ url: URL; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
    const outward = sendRequest(request.url ?? "", { method: request.method, headers: request.headers });
    outward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    request.pipe(outward);
  });
  server.on("connect", (request, socket) => {
    seen.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
    if (refuses) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const [host = "", port] = (request.url ?? "").split(":");
    const target = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target]) end.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: new URL(`http://user:pass%40@127.0.0.1:${(server.address() as AddressInfo).port}`), seen };
}

const authorization = `Basic ${Buffer.from("user:pass@").toString("base64")}`;

describe("a registry behind a proxy", () => {
  test.for([
    { name: "with TLS is reached through a tunnel", tls: readCertificate("server"), expected: "CONNECT" },
    { name: "without TLS is reached without one", tls: undefined, expected: "PUT" },
  ])("$name", async ({ tls, expected }) => {
    const registry = await startTestRegistry(tls ? { tls } : {});
    onTestFinished(() => registry.stop());
    const { url: proxy, seen } = await startProxy();
    await using transport = createUndiciTransport({
      connections: 4,
      tlsFor: async () => ({ ca: [authority.cert] }),
      proxyFor: () => proxy,
    });
    const body = Buffer.alloc(300_000);
    async function* open(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < body.length; at += 100_000) yield body.subarray(at, at + 100_000);
    }
    const responses = await Promise.all(
      [1, 2, 3].map(() =>
        transport.request({
          method: "PUT",
          url: new URL("/v2/a/blobs/uploads/unknown", registry.url),
          headers: { "content-length": String(body.length) },
          body: open(),
          timeout: 60_000,
        }),
      ),
    );
    expect(responses.map(({ status }) => status)).toEqual([404, 404, 404]);
    for (const response of responses) await response.discard();
    expect(seen.length).toBeGreaterThan(0);
    for (const line of seen) expect(line).toMatch(new RegExp(`^${expected} .* ${authorization}$`));
  });

  test("that does not let it through says so", async () => {
    const { url: proxy } = await startProxy(true);
    const env = { HTTPS_PROXY: proxy.href };
    const clock = createFakeClock();
    await using store = await createRegistryStore({ host: "registry.invalid", env, clock });
    const error: unknown = await store.checkAccess(["a/x"]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "PROXY_REFUSED",
      exitCode: 69,
      message: expect.stringContaining("403"),
      hint: expect.stringContaining("NO_PROXY"),
    });
    expect(String(error)).not.toContain("pass");
  });

  test.for(["at once", "when it is asked for a tunnel"])(
    "that closes the connection %s is given up",
    async (when) => {
      let connections = 0;
      const server = createTcpServer((socket) => {
        connections++;
        socket.on("error", () => undefined);
        if (when === "at once") socket.end();
        else socket.once("data", () => socket.end());
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      onTestFinished(() => void server.close());
      const env = { HTTPS_PROXY: `http://u:50%@127.0.0.1:${(server.address() as AddressInfo).port}` };
      await using store = await createRegistryStore({
        host: "registry.invalid",
        env,
        clock: createFakeClock(),
      });
      await expect(store.checkAccess(["a/x"])).rejects.toMatchObject({
        code: "PROXY_REFUSED",
        exitCode: 69,
      });
      expect(connections).toBeLessThan(10);
    },
  );

  test("that is not there is named, since nobody thinks of it", async () => {
    // A port that has been free a moment ago may be another test's by now; nobody gets this one unasked.
    const proxy = "127.0.0.1:1";
    const env = { HTTP_PROXY: `http://user:pass@${proxy}`, HTTPS_PROXY: `http://user:pass@${proxy}` };
    for (const plainHttp of [false, true]) {
      const options = { host: "registry.invalid:5000", plainHttp, env, clock: createFakeClock() };
      await using store = await createRegistryStore(options);
      const error: unknown = await store.checkAccess(["a/x"]).catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        code: "REGISTRY_UNREACHABLE",
        exitCode: 69,
        hint: expect.stringMatching(`through the proxy "${proxy}".*NO_PROXY=registry.invalid`),
      });
    }
  });

  test("that answers with a page of its own is named too", async () => {
    const { url } = await startProxy();
    const page = createServer((_request, response) => {
      response.writeHead(403, { "content-type": "text/html" }).end("<title>Access denied</title>");
    }).listen(0, "127.0.0.1");
    await once(page, "listening");
    onTestFinished(() => void page.close());
    url.port = String((page.address() as AddressInfo).port);
    const options = { host: "registry.invalid:5000", plainHttp: true, env: { HTTP_PROXY: url.href } };
    await using store = await createRegistryStore(options);
    await expect(store.checkAccess(["a/x"])).rejects.toMatchObject({
      code: "NOT_A_REGISTRY",
      hint: expect.stringContaining(`through the proxy "${url.host}"`),
    });
  });
});
