import { hashSync } from "bcryptjs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { Server } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import type { Access } from "../../src/server/http/access-log.ts";
import type { RegistryServer } from "../../src/server/registry-server.ts";
import { serve, type ServeOptions } from "../../src/server/serve.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { makeCertificate } from "../helpers/registries/make-certificate.ts";
import { pushBlobRaw, pushImageBlobs, pushManifestRaw } from "../helpers/registries/push-raw.ts";
import { send } from "../helpers/registries/send.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

/** A registry over an empty folder, stopped when the test ends; failures of its own fail the test. */
async function startServe(options: Partial<ServeOptions> = {}): Promise<RegistryServer & { data: string }> {
  const data = options.data ?? (await makeTempFolder());
  const failures: unknown[] = [];
  const server = await serve({
    data,
    listen: "127.0.0.1:0",
    onFailure: (error) => failures.push(error),
    ...options,
  });
  onTestFinished(async () => {
    await server.stop(0);
    expect(failures).toEqual([]);
  });
  return { ...server, data };
}

async function writePasswords(...names: readonly string[]): Promise<string> {
  const path = join(await makeTempFolder(), "htpasswd");
  await writeFile(path, names.map((name) => `${name}:${hashSync(`${name}-secret`, 4)}\n`).join(""));
  return path;
}

function basic(name: string, password = `${name}-secret`): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

async function startOpen(...names: readonly string[]) {
  const htpasswd = await writePasswords(...names);
  return { htpasswd, ...(await startServe({ htpasswd, allowAnonymousPull: true })) };
}

/** A token as clients fetch it, as a header. */
async function fetchToken(
  url: string,
  scope: string,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const answer = await send("GET", `${url}/token?service=airgap-load&scope=${scope}`, { headers });
  const { token } = JSON.parse(answer.text) as { token: string };
  return { authorization: `Bearer ${token}` };
}

function readClaims({ authorization = "" }: Record<string, string>): unknown {
  return JSON.parse(Buffer.from(authorization.split(".")[1] ?? "", "base64url").toString()) as unknown;
}

describe("where it listens", () => {
  test.each(["0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0"])(
    "%s is refused over http, since others could listen in",
    async (listen) => {
      const data = await makeTempFolder();
      await expect(serve({ data, listen })).rejects.toMatchObject({
        code: "PLAIN_HTTP_REFUSED",
        exitCode: 64,
      });
    },
  );

  test("every address is fine with --plain-http", async () => {
    const server = await startServe({ listen: ":0", plainHttp: true });
    expect(server.address.host).toBe("0.0.0.0");
    expect((await send("GET", `http://127.0.0.1:${server.address.port}/v2/`)).status).toBe(200);
  });

  test.each(["localhost", "127.0.0.1:x", "127.0.0.1:99999", "a b:1"])(
    "%s is a usage error",
    async (listen) => {
      await expect(serve({ data: await makeTempFolder(), listen })).rejects.toMatchObject({ code: "USAGE" });
    },
  );

  test("a port that is taken is named", async () => {
    const { address } = await startServe();
    const again = serve({ data: await makeTempFolder(), listen: `127.0.0.1:${address.port}` });
    const hint = expect.stringContaining("Another program has the port") as string;
    await expect(again).rejects.toMatchObject({ code: "LISTEN_FAILED", hint });
  });
});

describeWith(findMissing("openssl"), "serve with a certificate", () => {
  test("it speaks https, also to other machines", async () => {
    const { certPath, keyPath } = await makeCertificate();
    const server = await startServe({ listen: ":0", tlsCert: certPath, tlsKey: keyPath });
    expect(server.url).toMatch(/^https:/);
    const url = `https://127.0.0.1:${server.address.port}`;
    expect((await pushBlobRaw(url, "a/b", "abc")).status).toBe(201);
  });

  test("files that do not go together are refused", async () => {
    const [one, other] = [await makeCertificate(), await makeCertificate()];
    const data = await makeTempFolder();
    const mixed = serve({ data, tlsCert: one.certPath, tlsKey: other.keyPath });
    await expect(mixed).rejects.toMatchObject({ code: "TLS_FILE_INVALID" });
    await expect(serve({ data, tlsCert: one.certPath })).rejects.toMatchObject({ code: "USAGE" });
    await expect(serve({ data, tlsCert: "/nowhere", tlsKey: "/nowhere" })).rejects.toThrow("/nowhere");
  });
});

describe("with passwords", () => {
  test("everything but the health check needs one", async () => {
    const { url } = await startServe({ htpasswd: await writePasswords("ann", "bob") });
    for (const path of ["/v2/", "/v2/a/b/manifests/v1", "/", "/v2/_catalog"]) {
      const answer = await send("GET", url + path);
      expect([answer.status, answer.codes]).toEqual([401, ["UNAUTHORIZED"]]);
      expect(answer.headers["www-authenticate"]).toMatch(/^Basic realm=/);
    }
    expect((await send("GET", `${url}/healthz`)).status).toBe(200);
    for (const name of ["ann", "bob"]) {
      expect((await pushBlobRaw(url, "a/b", name, basic(name))).status).toBe(201);
    }
  });

  test.each([
    ["a wrong password", basic("ann", "wrong")],
    ["a name that is not there", basic("eve")],
    ["another scheme", { authorization: "Bearer ann" }],
    ["nonsense", { authorization: "Basic !!!" }],
    ["an empty pair", basic("", "")],
  ])("%s is refused", async (_, headers) => {
    const { url } = await startServe({ htpasswd: await writePasswords("ann") });
    expect((await send("GET", `${url}/v2/`, { headers })).status).toBe(401);
  });

  test("a challenge says that this is a registry of the second protocol, which docker 20 looks for", async () => {
    const { url } = await startServe({ htpasswd: await writePasswords("ann") });
    const { headers } = await send("GET", `${url}/v2/`);
    expect(headers["docker-distribution-api-version"]).toBe("registry/2.0");
  });

  test("a changed file holds at once", async () => {
    const htpasswd = await writePasswords("ann");
    const { url } = await startServe({ htpasswd });
    expect((await send("GET", `${url}/v2/`, { headers: basic("ann") })).status).toBe(200);
    await writeFile(htpasswd, `bob:${hashSync("bob-secret", 4)}\n`);
    expect((await send("GET", `${url}/v2/`, { headers: basic("ann") })).status).toBe(401);
    expect((await send("GET", `${url}/v2/`, { headers: basic("bob") })).status).toBe(200);
  });

  test.each(["ann", "ann:secret", "ann:$apr1$x$y", ":$2b$04$x"])(
    "a file with the line %s is refused",
    async (line) => {
      const htpasswd = await writePasswords("bob");
      await writeFile(htpasswd, `# users\n\n${line}\n`);
      const refused = serve({ data: await makeTempFolder(), htpasswd });
      await expect(refused).rejects.toMatchObject({ code: "HTPASSWD_INVALID", exitCode: 78 });
      await expect(refused).rejects.toThrow("line 3");
    },
  );
});

describe("with passwords, and pulls for all", () => {
  const all = "repository:a/b:pull,push";

  test("a token that is nobody's lets read and not write", async () => {
    const { url } = await startOpen("ann");
    const { digest } = await pushBlobRaw(url, "a/b", "abc", await fetchToken(url, all, basic("ann")));
    const headers = await fetchToken(url, all);
    expect((await send("GET", `${url}/v2/`, { headers })).status).toBe(200);
    expect((await send("GET", `${url}/v2/a/b/blobs/${digest}`, { headers })).text).toBe("abc");
    expect((await send("POST", `${url}/v2/a/b/blobs/uploads/`, { headers })).status).toBe(403);
    expect((await send("DELETE", `${url}/v2/a/b/blobs/${digest}`, { headers })).codes).toEqual(["DENIED"]);
  });

  test("a token says what it is for: nobody's for pulling alone", async () => {
    const { url } = await startOpen("ann");
    const entry = { type: "repository", name: "a/b" };
    expect(readClaims(await fetchToken(url, all))).toMatchObject({
      access: [{ ...entry, actions: ["pull"] }],
    });
    expect(readClaims(await fetchToken(url, all, basic("ann")))).toMatchObject({
      sub: "ann",
      access: [{ ...entry, actions: ["pull", "push"] }],
    });
  });

  test("a challenge names the token server as it was reached, and what to ask for", async () => {
    const { url } = await startOpen("ann");
    const ask = async (method: string, path: string, headers = {}) =>
      (await send(method, url + path, { headers })).headers["www-authenticate"];
    const bearer = `Bearer realm="${url}/token",service="airgap-load"`;
    expect(await ask("GET", "/v2/")).toBe(bearer);
    expect(await ask("GET", "/v2/a/b/tags/list")).toBe(`${bearer},scope="repository:a/b:pull"`);
    expect(await ask("POST", "/v2/a/b/blobs/uploads/")).toBe(`${bearer},scope="${all}"`);
    const proxied = { host: "localhost:7777", "x-forwarded-proto": "https" };
    expect(await ask("GET", "/v2/", proxied)).toContain('realm="https://localhost:7777/token"');
  });

  test("name and password sign a request themselves, and pages need nothing", async () => {
    const { url } = await startOpen("ann");
    expect((await pushBlobRaw(url, "a/b", "abc", basic("ann"))).status).toBe(201);
    expect((await send("GET", `${url}/v2/`, { headers: basic("ann") })).status).toBe(200);
    expect((await send("GET", `${url}/`)).status).toBe(200);
    expect((await send("GET", `${url}/`, { headers: basic("", "") })).status).toBe(200);
  });

  test.each([
    ["no token", {}],
    ["an empty pair", basic("", "")],
    ["a wrong password", basic("ann", "wrong")],
    ["a token of somebody else's making", { authorization: "Bearer e30.eyJleHAiOjk5OTk5OTk5OTl9.AAAA" }],
    ["a token that is none", { authorization: "Bearer abc" }],
  ])("%s does not open the API", async (_, headers) => {
    const { url } = await startOpen("ann");
    expect((await send("GET", `${url}/v2/a/b/tags/list`, { headers })).status).toBe(401);
  });

  test("the token server refuses a wrong password, and POST, after which clients try GET", async () => {
    const { url } = await startOpen("ann");
    expect((await send("GET", `${url}/token`, { headers: basic("ann", "wrong") })).status).toBe(401);
    expect((await send("POST", `${url}/token`)).status).toBe(405);
  });

  test("a token ends in time, and with its user's password", async () => {
    const { url, htpasswd } = await startOpen("ann", "bob");
    const [ann, bob] = [await fetchToken(url, all, basic("ann")), await fetchToken(url, all, basic("bob"))];
    const line = /^bob.*$/m.exec(await readFile(htpasswd, "utf8"))?.[0] ?? "";
    await writeFile(htpasswd, `ann:${hashSync("another", 4)}\n${line}\n`);
    expect((await send("GET", `${url}/v2/`, { headers: ann })).status).toBe(401);
    expect((await send("GET", `${url}/v2/`, { headers: bob })).status).toBe(200);
    vi.useFakeTimers({ now: Date.now() + 301_000, toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    expect((await send("GET", `${url}/v2/`, { headers: bob })).status).toBe(401);
  });
});

test("read-only refuses to write and serves what is there", async () => {
  const first = await startServe();
  const manifest = await pushImageBlobs(first.url, "a/b", "1");
  await pushManifestRaw(first.url, "a/b", "v1", manifest);
  await first.stop();
  const { url } = await startServe({ data: first.data, readOnly: true });
  expect((await send("GET", `${url}/v2/a/b/manifests/v1`)).status).toBe(200);
  expect((await send("GET", `${url}/v2/a/b/blobs/${manifest.config.digest}`)).status).toBe(200);
  for (const [method, path] of [
    ["POST", "blobs/uploads/"],
    ["PUT", "manifests/v1"],
    ["DELETE", "manifests/v1"],
  ] as const) {
    const answer = await send(method, `${url}/v2/a/b/${path}`, method === "PUT" ? { body: "x" } : {});
    expect([answer.status, answer.codes]).toEqual([405, ["UNSUPPORTED"]]);
  }
});

test("every request is told of once it is over", async () => {
  const seen: Access[] = [];
  const { url } = await startServe({ onAccess: (access) => seen.push(access) });
  await send("GET", `${url}/v2/`);
  await send("GET", `${url}/v2/a/b/manifests/v1`);
  await expect.poll(() => seen.length).toBe(2);
  expect(seen.map(({ method, url: path, status, remote }) => [method, path, status, remote])).toEqual([
    ["GET", "/v2/", 200, "127.0.0.1"],
    ["GET", "/v2/a/b/manifests/v1", 404, "127.0.0.1"],
  ]);
});

test("stopping lets a push that is under way end, and takes no new ones", async () => {
  const server = await startServe();
  const started = await send("POST", `${server.url}/v2/a/b/blobs/uploads/`);
  const target = `${server.url}${started.headers["location"]}?digest=${digestOf("abcdef")}`;
  const body = new Readable({ read: () => {} });
  body.push("abc");
  const pushed = send("PUT", target, { body });
  const upload = join(server.data, "uploads", started.headers["docker-upload-uuid"] ?? "");
  await expect.poll(() => readFile(upload).catch(() => undefined)).toBeDefined();
  const stopped = server.stop();
  await expect(send("GET", `${server.url}/v2/`)).rejects.toThrow("ECONNREFUSED");
  body.push("def");
  body.push(null);
  expect((await pushed).status).toBe(201);
  await stopped;
});

test("connections that cannot be accepted are told as failures, and the others are served on", async () => {
  const listen = vi.spyOn(Server.prototype, "listen");
  const failures: unknown[] = [];
  const { url } = await startServe({ onFailure: (error) => failures.push(error) });
  const errors = [new Error("accept EMFILE"), new Error("accept ENFILE")];
  for (const error of errors) (listen.mock.contexts[0] as Server).emit("error", error);
  expect(failures).toEqual(errors);
  expect((await send("GET", `${url}/v2/`)).status).toBe(200);
});

test("a directory that can no longer be read is not healthy", async () => {
  const server = await startServe();
  await rename(server.data, `${server.data}-away`);
  expect((await send("GET", `${server.url}/healthz`)).status).toBe(503);
  await rename(`${server.data}-away`, server.data);
  expect((await send("GET", `${server.url}/healthz`)).status).toBe(200);
});

test("metrics count requests, bytes and what is there, and ask for the password as everything does", async () => {
  const { url } = await startServe();
  await pushManifestRaw(url, "a/b", "v1", await pushImageBlobs(url, "a/b", "1"));
  await send("GET", `${url}/v2/a/b/manifests/none`);
  const answer = await send("GET", `${url}/metrics`);
  expect(answer.headers["content-type"]).toMatch(/^text\/plain; version=0.0.4/);
  for (const line of [
    'airgap_load_requests_total{method="GET",status="404"} 1',
    'airgap_load_requests_total{method="PUT",status="201"} 3',
    "airgap_load_repositories 1",
    "airgap_load_tags 1",
    "airgap_load_blobs 3",
  ]) {
    expect(answer.text.split("\n")).toContain(line);
  }
  for (const name of ["received_bytes_total", "blob_bytes", "free_bytes"]) {
    expect(answer.text).toMatch(new RegExp(`^airgap_load_${name} [1-9]\\d*$`, "m"));
  }
  const guarded = await startServe({ htpasswd: await writePasswords("ann") });
  expect((await send("GET", `${guarded.url}/metrics`)).status).toBe(401);
});
