import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRegistryStore, type RegistryStoreOptions } from "../../src/registry/registry-store.ts";
import { authority, readCertificate } from "../helpers/registries/certificates.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import {
  type DockerRegistry,
  missingDockerRegistry,
  startDockerRegistry,
} from "../helpers/registries/docker-registry.ts";
import { createFakeClock } from "../helpers/fake-clock.ts";
import { startNarrowProxy } from "../helpers/registries/narrow-proxy.ts";
import { missingNginx, startNginx } from "../helpers/registries/nginx.ts";
import { makeBlob, publishApp } from "../helpers/registries/publish-app.ts";
import { startSlowCommits } from "../helpers/registries/slow-commits.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";
import { startTokenServer } from "../helpers/registries/token-server.ts";
import type { OnNotice } from "../../src/content/notice.ts";

const mib = 1024 * 1024;
const server = readCertificate("server");
const client = readCertificate("client");
const credentials = { username: "loader", password: "secret" };
/** The line of that account; docker-registry takes bcrypt alone. */
const htpasswd = "loader:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

const tlsEnv = { REGISTRY_HTTP_TLS_CERTIFICATE: server.certPath, REGISTRY_HTTP_TLS_KEY: server.keyPath };

/** May be told, since no clock is waited for. */
const stillAtWork = /is still at work on a blob that was sent whole/;

async function start(env: Record<string, string> = {}): Promise<DockerRegistry> {
  const registry = await startDockerRegistry({ env });
  onTestFinished(() => registry.stop());
  return registry;
}

/** Publishes a list through a store with these options, and reads it and a blob back. */
async function publishAndRead(options: RegistryStoreOptions, layerSize?: number): Promise<readonly string[]> {
  const notices: string[] = [];
  const onNotice: OnNotice = ({ text }) => void notices.push(text);
  await using store = await createRegistryStore({ env: { HOME: "/nowhere" }, onNotice, ...options });
  const { index, blobs } = await publishApp(store, layerSize === undefined ? {} : { layerSize });
  const repository = store.repository("team/app");
  expect(await repository.resolve("1.0")).toEqual(index.descriptor);
  expect((await repository.fetchManifest("1.0"))?.bytes).toEqual(index.bytes);
  expect([...(await repository.listTags())].sort()).toEqual(["1.0", "1.0-amd64", "1.0-arm64"]);
  const read: Uint8Array[] = [];
  for (const { descriptor } of blobs) {
    for await (const chunk of repository.fetchBlob(descriptor)) read.push(chunk);
  }
  expect(Buffer.concat(read).equals(Buffer.concat(blobs.map(({ bytes }) => bytes)))).toBe(true);
  return notices;
}

async function startWithPasswords(): Promise<DockerRegistry> {
  const path = join(await makeTempFolder(), "htpasswd");
  await writeFile(path, htpasswd);
  return start({ REGISTRY_AUTH_HTPASSWD_REALM: "test", REGISTRY_AUTH_HTPASSWD_PATH: path });
}

async function startWithTokens(mayPush?: (repository: string) => boolean) {
  const tokens = await startTokenServer({
    signer: server,
    ...credentials,
    ...(mayPush ? { mayPush } : {}),
  });
  onTestFinished(() => tokens.stop());
  const registry = await start({
    REGISTRY_AUTH_TOKEN_REALM: tokens.realm,
    REGISTRY_AUTH_TOKEN_SERVICE: tokens.service,
    REGISTRY_AUTH_TOKEN_ISSUER: tokens.issuer,
    REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: authority.path,
  });
  return { registry, tokens };
}

describeWith(missingDockerRegistry, "docker-registry", () => {
  test("without sign-in takes a list and all it names, and gives it back", async () => {
    const { host } = await start();
    const notices = await publishAndRead({ host }, 5 * mib);
    expect(notices).toEqual([`Registry "${host}" does not speak https: http is used, without credentials`]);
  });

  test("mounts a blob into a second repository, and sends none twice", async () => {
    const { host } = await start();
    await using store = await createRegistryStore({ host, plainHttp: true });
    const { descriptor, open } = makeBlob(100_000, "layer");
    const push = (name: string) => store.repository(name).pushBlob(descriptor, open);
    expect(await Promise.all([push("a/x"), push("b/x"), push("a/x"), push("c/x")])).toEqual([
      "pushed",
      "mounted",
      "present",
      "mounted",
    ]);
    expect(await store.repository("a/x").hasBlob(descriptor)).toBe(true);
    expect(await store.repository("d/x").hasBlob(descriptor)).toBe(false);
  });

  test("takes a blob without any byte", async () => {
    const { host } = await start();
    await using store = await createRegistryStore({ host, plainHttp: true });
    const { descriptor, open } = makeBlob(0, "");
    expect(await store.repository("a/x").pushBlob(descriptor, open)).toBe("pushed");
    expect(await store.repository("a/x").hasBlob(descriptor)).toBe(true);
  });

  test("with TLS and an authority of the site's own", async () => {
    const { host } = await start(tlsEnv);
    expect(await publishAndRead({ host, caFile: authority.path })).toEqual([]);
  });

  test("with client certificates", async () => {
    const { host } = await start({
      ...tlsEnv,
      REGISTRY_HTTP_TLS_CLIENTCAS: JSON.stringify([authority.path]),
    });
    const given = { caFile: authority.path, certFile: client.certPath, keyFile: client.keyPath };
    expect(await publishAndRead({ host, ...given })).toEqual([]);
    const without = publishAndRead({ host, caFile: authority.path, clock: createFakeClock() });
    // TLS 1.3 tells the client only after its handshake, and the closed connection comes first.
    await expect(without).rejects.toMatchObject({
      code: "CONNECTION_BROKEN",
      exitCode: 69,
      hint: expect.stringContaining("--cert FILE and --key FILE"),
    });
  });

  test("with TLS, spoken to over http, ends in the sentence that helps", async () => {
    const { host } = await start(tlsEnv);
    await expect(publishAndRead({ host, plainHttp: true })).rejects.toMatchObject({
      code: "NOT_A_REGISTRY",
      hint: "The registry speaks https: leave --plain-http and http:// out.",
    });
  });

  describe("with htpasswd", () => {
    test("takes the right password", async () => {
      const { host } = await startWithPasswords();
      expect(await publishAndRead({ host, plainHttp: true, credentials })).toEqual([]);
    });

    test("is asked once with a wrong one", async () => {
      const registry = await startWithPasswords();
      const wrong = { ...credentials, password: "wr0ng" };
      await using store = await createRegistryStore({
        host: registry.host,
        plainHttp: true,
        credentials: wrong,
      });
      const error = await store.checkAccess(["a/x", "b/x"]).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "SIGN_IN_FAILED", exitCode: 77 });
      expect(String(error)).not.toContain("wr0ng");
      expect(
        registry.log().match(/authenticating user|invalid authentication/g)?.length ?? 0,
      ).toBeLessThanOrEqual(2);
    });

    test("is sent no password over http that nobody allowed", async () => {
      const { host } = await startWithPasswords();
      await expect(publishAndRead({ host, credentials })).rejects.toMatchObject({
        code: "CREDENTIALS_MISSING",
        hint: expect.stringContaining("--plain-http"),
      });
    });
  });

  describe("with tokens", () => {
    test("is asked for one token per repository", async () => {
      const { registry, tokens } = await startWithTokens();
      expect(await publishAndRead({ host: registry.host, plainHttp: true, credentials })).toEqual([]);
      expect(tokens.asked).toEqual([["repository:team/app:pull,push"]]);
    });

    test("names all namespaces that may not be written to, before a blob is sent", async () => {
      const { registry } = await startWithTokens((repository) => repository.startsWith("open/"));
      await using store = await createRegistryStore({ host: registry.host, plainHttp: true, credentials });
      const error = await store
        .checkAccess(["open/a", "shut/a", "shut/b", "barred/a"])
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        code: "ACCESS_DENIED",
        exitCode: 77,
        message: expect.stringMatching(/shut\/a.*\n.*barred\/a/),
        hint: expect.stringContaining("The sign-in succeeds, but gives no right to push"),
      });
    });
  });

  test("in read-only mode says so, for all that it refuses", async () => {
    const { host } = await start({
      REGISTRY_STORAGE_MAINTENANCE_READONLY: JSON.stringify({ enabled: true }),
    });
    await using store = await createRegistryStore({ host, plainHttp: true });
    await expect(store.checkAccess(["a/x", "b/x"])).rejects.toMatchObject({
      code: "REGISTRY_READ_ONLY",
      exitCode: 77,
      message: expect.stringMatching(/a\/x.*\n.*b\/x/),
      hint: expect.stringContaining("have writing switched on"),
    });
  });

  test("behind a proxy with a limit of 1 MiB", async () => {
    const registry = await start();
    const proxy = await startNarrowProxy(registry.host, { maxBody: mib });
    onTestFinished(() => proxy.stop());
    const notices = await publishAndRead(
      { host: proxy.host, plainHttp: true, clock: createFakeClock() },
      5 * mib,
    );
    expect(notices.join()).toMatch(/client_max_body_size 0.*in chunks of 4096 KiB/);
    expect(notices.join()).toContain("in chunks of 900 KiB");
    expect(proxy.refused).toEqual([5 * mib, 4 * mib]);
  });

  test("behind a proxy that does not wait for commits", async () => {
    const registry = await start();
    const proxy = await startNarrowProxy(registry.host, { impatientCommits: 3 });
    onTestFinished(() => proxy.stop());
    const notices = await publishAndRead(
      { host: proxy.host, plainHttp: true, clock: createFakeClock() },
      mib,
    );
    expect(notices.filter((text) => !stillAtWork.test(text))).toEqual([]);
  });
});

describeWith(missingDockerRegistry ?? missingNginx, "a docker-registry behind nginx", () => {
  test("with its limit of 1 MB gets larger blobs in chunks, whole", async () => {
    const registry = await start();
    const nginx = await startNginx(registry.host);
    onTestFinished(() => nginx.stop());
    const options = { host: nginx.host, plainHttp: true, clock: createFakeClock() };
    const notices = await publishAndRead(options, 5 * mib);
    expect(notices.join()).toContain("in chunks of 900 KiB");
  });

  test("gets each blob once, though nginx answers 504 long before a commit is done", async () => {
    const registry = await start();
    const slow = await startSlowCommits(registry.host);
    onTestFinished(() => slow.stop());
    const nginx = await startNginx(slow.host, { commitTimeout: "1s" });
    onTestFinished(() => nginx.stop());
    const clock = createFakeClock();
    const notices = await publishAndRead({ host: nginx.host, plainHttp: true, clock });
    expect(notices.filter((text) => !stillAtWork.test(text))).toEqual([]);
    expect(new Set(slow.commits).size).toBe(5);
    expect(slow.commits).toHaveLength(5);
    expect(clock.sleeps.filter((wait) => wait === 2000)).toHaveLength(5);
  });
});
