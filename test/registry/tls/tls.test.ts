import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRegistryStore, type RegistryStoreOptions } from "../../../src/registry/registry-store.ts";
import { loadTlsSettings, type TlsOptions } from "../../../src/registry/tls/tls-settings.ts";
import { readPem } from "../../../src/registry/tls/read-pem.ts";
import { authority, readCertificate } from "../../helpers/registries/certificates.ts";
import { createFakeClock } from "../../helpers/fake-clock.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";
import {
  type Fault,
  startTestRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from "../../helpers/registries/test-registry.ts";

const server = readCertificate("server");
const client = readCertificate("client");

async function start(options: TestRegistryOptions): Promise<TestRegistry> {
  const registry = await startTestRegistry(options);
  onTestFinished(() => registry.stop());
  return registry;
}

/** Asks a registry for something, with nothing found on this machine in the way. */
async function listTags(options: RegistryStoreOptions): Promise<readonly string[]> {
  const home = await makeTempFolder();
  await using store = await createRegistryStore({
    clock: createFakeClock(),
    env: { HOME: home },
    ...options,
  });
  return await store.repository("team/app").listTags();
}

describe("a registry with a certificate of the site's own authority", () => {
  test("is trusted with --ca-file", async () => {
    const { host } = await start({ tls: server });
    await expect(listTags({ host, caFile: authority.path })).resolves.toEqual([]);
  });

  test("is trusted where the machine trusts the authority", async () => {
    const { host } = await start({ tls: server });
    await expect(listTags({ host, env: { SSL_CERT_FILE: authority.path } })).resolves.toEqual([]);
    await expect(listTags({ host, env: { SSL_CERT_DIR: dirname(authority.path) } })).resolves.toEqual([]);
    await expect(listTags({ host, env: { NODE_EXTRA_CA_CERTS: authority.path } })).resolves.toEqual([]);
  });

  test("is trusted with the authority in the user's certs.d", async () => {
    const { host } = await start({ tls: server });
    const home = await makeTempFolder();
    await writeTree(home, { [`.config/containers/certs.d/${host}/ca.crt`]: authority.cert });
    await expect(listTags({ host, env: { HOME: home } })).resolves.toEqual([]);
  });

  test("is trusted with the authority in registries.yaml", async () => {
    const { host } = await start({ tls: server });
    const home = await makeTempFolder();
    const registriesYaml = join(home, "registries.yaml");
    await writeFile(registriesYaml, `configs:\n  "${host}":\n    tls:\n      ca_file: ${authority.path}\n`);
    await expect(listTags({ host, registriesYaml })).resolves.toEqual([]);
  });

  test("is not trusted otherwise, and the error says how it would be", async () => {
    const { host } = await start({ tls: server });
    await expect(listTags({ host })).rejects.toMatchObject({
      code: "REGISTRY_UNTRUSTED",
      exitCode: 69,
      message: expect.stringMatching(`^Cannot reach registry "${host}": "${host}" is not trusted: [a-z ]+$`),
      hint: expect.stringContaining(`--ca-file FILE, or put it into /etc/docker/certs.d/${host}/ca.crt`),
    });
  });

  test.for([{ tlsNoVerify: true }, { insecure: true }])("is used unseen with %o", async (options) => {
    const { host } = await start({ tls: server });
    await expect(listTags({ host, ...options })).resolves.toEqual([]);
  });
});

describe("a certificate that is wrong", () => {
  test("for another name ends in the sentence that helps", async () => {
    const { host } = await start({ tls: readCertificate("other-name") });
    await expect(listTags({ host, caFile: authority.path })).rejects.toMatchObject({
      code: "REGISTRY_UNTRUSTED",
      message: expect.stringContaining("its certificate is for DNS:registry.example"),
      hint: expect.stringContaining("an address needs an IP entry"),
    });
  });

  test("since it has run out ends in the sentence that helps", async () => {
    const { host } = await start({ tls: readCertificate("expired") });
    await expect(listTags({ host, caFile: authority.path })).rejects.toMatchObject({
      code: "REGISTRY_UNTRUSTED",
      hint: expect.stringContaining("has expired: renew it, or check this machine's clock"),
    });
  });
});

describe("a registry that asks for a client's certificate", () => {
  const tls = { ...server, ca: authority.cert };

  test("gets the one that is given", async () => {
    const { host } = await start({ tls });
    const given = { caFile: authority.path, certFile: client.certPath, keyFile: client.keyPath };
    await expect(listTags({ host, ...given })).resolves.toEqual([]);
  });

  test("gets the pair in certs.d", async () => {
    const { host } = await start({ tls });
    const home = await makeTempFolder();
    const folder = `.config/docker/certs.d/${host}`;
    await writeTree(home, {
      [`${folder}/ca.crt`]: authority.cert,
      [`${folder}/client.cert`]: client.cert,
      [`${folder}/client.key`]: client.key,
    });
    await expect(listTags({ host, env: { HOME: home } })).resolves.toEqual([]);
  });

  test("is refused with a key that does not belong to it", async () => {
    const { host } = await start({ tls });
    const given = { caFile: authority.path, certFile: client.certPath, keyFile: server.keyPath };
    await expect(listTags({ host, ...given })).rejects.toMatchObject({
      code: "CERTIFICATE_INVALID",
      exitCode: 78,
      hint: expect.stringContaining("belong together"),
    });
  });

  test("is named where there is none", async () => {
    const { host } = await start({ tls });
    await expect(listTags({ host, caFile: authority.path })).rejects.toMatchObject({
      // Node's server says no word and closes; others send an alert.
      code: "CONNECTION_BROKEN",
      exitCode: 69,
      hint: expect.stringContaining("--cert FILE and --key FILE"),
    });
  });
});

describe("the scheme of a registry", () => {
  test("is http for a private address that does not speak TLS, which is said", async () => {
    const { host } = await start({});
    const notices: string[] = [];
    await expect(listTags({ host, onNotice: ({ text }) => notices.push(text) })).resolves.toEqual([]);
    expect(notices).toEqual([`Registry "${host}" does not speak https: http is used, without credentials`]);
  });

  test("is not http for a public address", async () => {
    const { port } = await start({});
    const attempt = listTags({ host: `localhost:${port}`, lookUp: async () => ["127.0.0.1", "203.0.113.7"] });
    await expect(attempt).rejects.toMatchObject({
      code: "REGISTRY_SPEAKS_HTTP",
      exitCode: 69,
      hint: expect.stringContaining("--plain-http"),
    });
  });

  test("is not http where https:// was written", async () => {
    const { host } = await start({});
    await expect(listTags({ host: `https://${host}` })).rejects.toMatchObject({
      code: "REGISTRY_SPEAKS_HTTP",
    });
  });

  test.for([{ plainHttp: true }, { insecure: true }])("is http with %o", async (options) => {
    const { host } = await start({});
    await expect(listTags({ host, ...options })).resolves.toEqual([]);
  });

  test("asked for as http at a TLS port ends in the sentence that helps", async () => {
    const { host } = await start({ tls: server });
    await expect(listTags({ host, plainHttp: true })).rejects.toMatchObject({
      exitCode: 69,
      hint: expect.stringContaining("leave --plain-http"),
    });
  });
});

describe("a registry that is not there", () => {
  test("is given up after two quick tries", async () => {
    const clock = createFakeClock();
    // A port that has been free a moment ago may be another test's by now; nobody gets this one unasked.
    await expect(listTags({ host: "127.0.0.1:1", clock })).rejects.toMatchObject({
      code: "REGISTRY_UNREACHABLE",
      exitCode: 69,
    });
    expect(clock.sleeps).toHaveLength(1);
  });

  test("by a name that nobody knows is said so", async () => {
    await expect(listTags({ host: "registry.invalid:5000" })).rejects.toMatchObject({
      code: "REGISTRY_UNREACHABLE",
      message: expect.stringContaining("is not known"),
    });
  });
});

describe("TLS settings of a host", () => {
  const host = "registry.site:5000";

  async function load(tree: Record<string, string>, options: Partial<TlsOptions> = {}) {
    const root = await makeTempFolder();
    await writeTree(root, tree);
    const notices: string[] = [];
    const settings = await loadTlsSettings(host, {
      noVerify: false,
      clientHost: host,
      registries: new Map(),
      env: { HOME: join(root, "home") },
      onNotice: ({ text }) => notices.push(text),
      root,
      ...options,
    });
    return { ...settings, notices };
  }

  test("come from the first certs.d that knows it", async () => {
    const settings = await load({
      [`etc/containers/certs.d/${host}/ca.crt`]: "first",
      [`etc/docker/certs.d/${host}/ca.crt`]: "second",
    });
    expect(settings.ca).toContain("first");
    expect(settings.ca).not.toContain("second");
  });

  test("come from containerd's hosts.toml, its own server and its own host alone", async () => {
    const settings = await load({
      "etc/containerd/certs.d/registry.site_5000_/hosts.toml": `
        server = "https://${host}"
        ca = "/pki/root.pem"
        [host."https://${host}"]
          ca = ["beside.pem"]
          client = [["/pki/client.pem", "/pki/client.key"]]
        [host."https://elsewhere"]
          ca = "/pki/elsewhere.pem"
          skip_verify = true`,
      "etc/containerd/certs.d/registry.site_5000_/beside.pem": pem("BESIDE"),
      "pki/root.pem": pem("ROOT"),
      "pki/client.pem": pem("CLIENT"),
      "pki/client.key": pem("KEY"),
    });
    expect(settings.ca).toEqual(expect.arrayContaining([pem("ROOT"), pem("BESIDE")]));
    expect(settings).toMatchObject({ cert: pem("CLIENT"), key: pem("KEY") });
    expect(settings.rejectUnauthorized).toBeUndefined();
  });

  test.for([
    { name: "certificates alone, without hosts.toml", tree: { [`${host}/ca.crt`]: pem("ROOT") } },
    {
      name: "_default, where no folder has the host's name",
      tree: { "_default/hosts.toml": 'ca = "ca.crt"', "_default/ca.crt": pem("ROOT") },
    },
  ])("come from containerd's folder with $name", async ({ tree }) => {
    const files = Object.entries(tree).map(([path, text]) => [`etc/containerd/certs.d/${path}`, text]);
    expect((await load(Object.fromEntries(files) as Record<string, string>)).ca).toContain(pem("ROOT"));
  });

  test("may say not to verify, in hosts.toml and in registries.yaml", async () => {
    const toml = { [`etc/containerd/certs.d/${host}/hosts.toml`]: "skip_verify = true" };
    expect((await load(toml)).rejectUnauthorized).toBe(false);
    const config = { credentials: undefined, caFile: undefined, certFile: undefined, keyFile: undefined };
    const registries = new Map([[host, { ...config, skipVerify: true }]]);
    expect((await load({}, { registries })).rejectUnauthorized).toBe(false);
  });

  test("show the given client certificate to the registry alone", async () => {
    const given = { certFile: client.certPath, keyFile: client.keyPath, caFile: authority.path };
    expect((await load({}, given)).cert).toBe(client.cert);
    const elsewhere = await load({}, { ...given, clientHost: "another.site" });
    expect(elsewhere.cert).toBeUndefined();
    expect(elsewhere.ca).toContain(authority.cert);
  });

  test.for([
    {
      name: "half a pair in certs.d",
      tree: { [`etc/docker/certs.d/${host}/client.cert`]: "x" },
      code: "CERTIFICATE_INVALID",
    },
    {
      name: "a file that is not PEM",
      tree: {},
      options: { caFile: join(import.meta.dirname, "../../tsconfig.json") },
      code: "CERTIFICATE_INVALID",
    },
    {
      name: "a file that is not there",
      tree: {},
      options: { caFile: "/nowhere/ca.pem" },
      code: "CERTIFICATE_INVALID",
    },
    {
      name: "a hosts.toml that is not TOML",
      tree: { [`etc/containerd/certs.d/${host}/hosts.toml`]: 'header = "secret' },
      code: "CONFIG_FILE_INVALID",
    },
  ])("refuse $name", async ({ tree, options, code }) => {
    const error = await load(tree, options).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, exitCode: 78 });
    expect(String(error)).not.toContain("secret");
  });
});

test.for([
  { name: "DER", bytes: Buffer.from([0x30, 0x82]), hint: "openssl x509 -inform der" },
  { name: "PKCS#7", bytes: Buffer.from(pem("PKCS7-----")), hint: "openssl pkcs7" },
  {
    name: "a key",
    bytes: Buffer.from(pem("PRIVATE KEY-----")),
    hint: "--key the key that belongs to --cert",
  },
  {
    name: "an encrypted key",
    what: "key",
    bytes: Buffer.from(pem("ENCRYPTED PRIVATE KEY-----")),
    hint: "openssl pkey",
  },
] as const)("$name in place of PEM is told with what makes it PEM", async ({ bytes, hint, ...given }) => {
  const path = join(await makeTempFolder(), "ca");
  await writeFile(path, bytes);
  const what = "what" in given ? given.what : "certificate";
  await expect(readPem(path, what)).rejects.toMatchObject({
    code: "CERTIFICATE_INVALID",
    exitCode: 78,
    hint: expect.stringContaining(hint),
  });
});

async function rootFor(host: string, toml: string): Promise<string> {
  const root = await makeTempFolder();
  await writeTree(root, { [`etc/containerd/certs.d/${host}/hosts.toml`]: toml });
  return root;
}

describe("containerd's hosts.toml", () => {
  test.for(["Basic dXNlcjpwYXNz", "Bearer a.b.c"])("signs in with its header %s", async (header) => {
    const { host, requests } = await start({ faults: [requireAuthorization(header)] });
    const toml = `[host."http://${host}".header]\nauthorization = ["${header}"]`;
    await expect(listTags({ host, root: await rootFor(host, toml) })).resolves.toEqual([]);
    expect(requests.at(-1)?.headers.authorization).toBe(header);
  });

  test("has a registry spoken to over http with credentials, which is told", async () => {
    const { host } = await start({ faults: [requireAuthorization("Basic dXNlcjpwYXNz")] });
    const home = await makeTempFolder();
    await writeTree(home, {
      ".docker/config.json": JSON.stringify({ auths: { [host]: { auth: "dXNlcjpwYXNz" } } }),
    });
    const notices: string[] = [];
    const options = {
      host,
      env: { HOME: home },
      root: await rootFor(host, `server = "http://${host}"`),
      onNotice: ({ text }: { text: string }) => void notices.push(text),
    };
    await expect(listTags(options)).resolves.toEqual([]);
    expect(notices).toEqual([expect.stringContaining("is spoken to over http, as")]);
  });
});

/** Lets nobody through who does not sign with just this. */
function requireAuthorization(header: string): Fault {
  return (handler) => async (request, response) => {
    if (request.headers.authorization === header) return handler(request, response);
    const challenge = header.startsWith("Basic")
      ? 'Basic realm="r"'
      : 'Bearer realm="http://127.0.0.1:1/token"';
    response.writeHead(401, { "www-authenticate": challenge, "content-length": 0 }).end();
  };
}

function pem(name: string): string {
  return `-----BEGIN ${name}`;
}

async function writeTree(root: string, tree: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}
