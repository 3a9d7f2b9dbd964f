import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type CredentialSearch,
  createCredentialFinder,
} from "../../../src/registry/auth/find-credentials.ts";
import { findHostKey } from "../../../src/registry/auth/match-host.ts";
import { parseRegistriesYaml } from "../../../src/registry/auth/registries-yaml.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const host = "registry.site:5000";

function auth(username: string, password: string): { auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString("base64") };
}

/** A home with these files, and what is found in it. */
async function search(
  files: Record<string, unknown>,
  options: Partial<CredentialSearch> = {},
  repository = "team/app",
) {
  const home = await makeTempFolder();
  for (const [path, content] of Object.entries(files)) {
    const file = join(home, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    if (path.startsWith("bin/")) await chmod(file, 0o755);
  }
  const notices: string[] = [];
  const env = {
    HOME: home,
    XDG_RUNTIME_DIR: join(home, "run"),
    PATH: [join(home, "bin"), process.env["PATH"]].join(delimiter),
  };
  const { env: more, authFile, ...rest } = options;
  const finder = createCredentialFinder({
    host,
    registries: new Map(),
    onNotice: ({ text }) => notices.push(text),
    ...rest,
    env: { ...env, ...more },
    authFile: authFile && join(home, authFile),
  });
  return { found: await finder.find(repository), finder, notices, home };
}

const podmanRun = "run/containers/auth.json";
const podman = ".config/containers/auth.json";
const docker = ".docker/config.json";

function file(username: string, key = host): unknown {
  return { auths: { [key]: auth(username, "x") } };
}

const k3sRegistries = await parseRegistriesYaml(
  `configs:\n  ${host}:\n    auth:\n      username: k3s\n      password: 0123`,
  "r.yaml",
);

describe("credentials are taken from", () => {
  test.for([
    {
      name: "the options before all",
      files: { [podmanRun]: file("podman") },
      options: { given: { username: "given", password: "x" } },
      username: "given",
    },
    {
      name: "--authfile alone",
      files: { "my.json": file("mine"), [docker]: file("docker") },
      options: { authFile: "my.json" },
      username: "mine",
    },
    {
      name: "DOCKER_AUTH_CONFIG before files",
      files: { [docker]: file("docker") },
      options: { env: { DOCKER_AUTH_CONFIG: JSON.stringify(file("env")) } },
      username: "env",
    },
    {
      name: "the next place where DOCKER_AUTH_CONFIG is for others",
      files: { [docker]: file("docker") },
      options: { env: { DOCKER_AUTH_CONFIG: JSON.stringify(file("env", "other.site")) } },
      username: "docker",
    },
    {
      name: "podman's login of this session",
      files: { [podmanRun]: file("run"), [podman]: file("config"), [docker]: file("docker") },
      username: "run",
    },
    {
      name: "podman's configuration",
      files: { [podman]: file("config"), [docker]: file("docker") },
      username: "config",
    },
    {
      name: "the first file that knows the host",
      files: { [podmanRun]: file("podman", "other.site"), [docker]: file("docker") },
      username: "docker",
    },
    { name: "docker's configuration", files: { [docker]: file("docker") }, username: "docker" },
    {
      name: "docker before 1.7",
      files: { ".dockercfg": { [`https://${host}`]: auth("old", "x") } },
      username: "old",
    },
    {
      name: "registries.yaml last",
      files: {},
      options: {
        registries: k3sRegistries,
      },
      username: "k3s",
    },
  ])("$name", async ({ files, options, username }) => {
    const { found, notices } = await search(files, options);
    expect(found?.username).toBe(username);
    expect(notices).toEqual([]);
  });

  test("DOCKER_CONFIG, where that is set", async () => {
    const home = await makeTempFolder();
    await writeFile(join(home, "config.json"), JSON.stringify(file("there")));
    const { found } = await search({ [docker]: file("here") }, { env: { DOCKER_CONFIG: home } });
    expect(found?.username).toBe("there");
  });

  test("REGISTRY_AUTH_FILE alone", async () => {
    const home = await makeTempFolder();
    const path = join(home, "auth.json");
    await writeFile(path, JSON.stringify({ auths: {} }));
    const { found, finder } = await search(
      { [docker]: file("docker") },
      { env: { REGISTRY_AUTH_FILE: path } },
    );
    expect(found).toBeUndefined();
    expect(finder.places).toEqual([path]);
  });
});

describe("an entry", () => {
  test.for([
    {
      name: "splits at the first colon",
      entry: auth("u", "p:w:x"),
      found: { username: "u", password: "p:w:x" },
    },
    {
      name: "loses the NULs of old versions",
      entry: { auth: Buffer.from("u:p\0\0").toString("base64") },
      found: { username: "u", password: "p" },
    },
    {
      name: "may be written out",
      entry: { username: "u", password: "p" },
      found: { username: "u", password: "p" },
    },
    { name: "may be an identity token", entry: { identitytoken: "i" }, found: { identityToken: "i" } },
    { name: "may be a token for the registry", entry: { registrytoken: "r" }, found: { registryToken: "r" } },
  ])("$name", async ({ entry, found }) => {
    expect((await search({ [docker]: { auths: { [host]: entry } } })).found).toMatchObject(found);
  });

  test("without anything in it is passed over", async () => {
    const { found } = await search({ [podman]: { auths: { [host]: {} } }, [docker]: file("docker") });
    expect(found?.username).toBe("docker");
  });

  test("for a namespace goes before the host's, and is the same object for all it serves", async () => {
    const auths = {
      [host]: auth("all", "x"),
      [`${host}/team`]: auth("team", "x"),
      [`${host}/team/app`]: auth("app", "x"),
    };
    const { finder } = await search({ [docker]: { auths } });
    const username = async (repository: string) => (await finder.find(repository))?.username;
    expect(await username("team/app")).toBe("app");
    expect(await username("team/other")).toBe("team");
    expect(await username("teams/app")).toBe("all");
    expect(await finder.find("team/x")).toBe(await finder.find("team/y"));
  });
});

describe("the key of a host", () => {
  test.for([
    { keys: ["registry.site"], found: undefined },
    { keys: ["registry.site:5001", "registry.site:5000"], found: "registry.site:5000" },
    { keys: ["https://registry.site:5000"], found: "https://registry.site:5000" },
    { keys: ["http://registry.site:5000/v2/"], found: "http://registry.site:5000/v2/" },
    { keys: ["evil.registry.site:5000", "registry.site:5000.evil"], found: undefined },
  ])("$found among $keys", ({ keys, found }) => {
    expect(findHostKey(keys, host, "team/app")).toBe(found);
  });

  test("is the same in any case, and with the port of https or without", () => {
    expect(findHostKey(["harbor.site"], "Harbor.Site:443", "a")).toBe("harbor.site");
    expect(findHostKey(["https://harbor.site:443/v2/"], "harbor.site", "a")).toBe(
      "https://harbor.site:443/v2/",
    );
    expect(findHostKey(["harbor.site"], "harbor.site:5000", "a")).toBeUndefined();
  });

  test("of Docker Hub is the old one, or any of its names", () => {
    expect(findHostKey(["docker.io", "https://index.docker.io/v1/"], "docker.io", "a/b")).toBe(
      "https://index.docker.io/v1/",
    );
    expect(findHostKey(["registry-1.docker.io"], "docker.io", "a/b")).toBe("registry-1.docker.io");
  });
});

/** A credential helper that logs what it is asked, and answers with this. */
function helper(answer: string, code = 0): string {
  return `#!/bin/sh\necho "$1 $(cat)" >> "$(dirname "$0")/asked"\necho '${answer}'\nexit ${code}\n`;
}

describe("a credential helper", () => {
  const known = JSON.stringify({ ServerURL: host, Username: "helped", Secret: "s3cret" });

  test.for([
    { name: "of the host", config: { credHelpers: { [host]: "test" }, credsStore: "absent" } },
    { name: "of all hosts", config: { credsStore: "test" } },
    { name: "before the file's own entry", config: { credsStore: "test", ...(file("own") as object) } },
  ])("$name is asked", async ({ config }) => {
    const { found } = await search({ [docker]: config, "bin/docker-credential-test": helper(known) });
    expect(found).toMatchObject({ username: "helped", password: "s3cret" });
  });

  test("gives an identity token under a name of its own", async () => {
    const answer = JSON.stringify({ Username: "<token>", Secret: "i" });
    const { found } = await search({
      [docker]: { credsStore: "test" },
      "bin/docker-credential-test": helper(answer),
    });
    expect(found).toEqual({ identityToken: "i" });
  });

  test("that knows nothing leaves the word to the file, without a line", async () => {
    const { found, notices } = await search({
      [docker]: { credsStore: "test", ...(file("own") as object) },
      "bin/docker-credential-test": helper("credentials not found in native keychain", 1),
    });
    expect(found?.username).toBe("own");
    expect(notices).toEqual([]);
  });

  test.for([
    { name: "is not there", config: { credsStore: "absent" }, notice: /docker-credential-absent.*ENOENT/ },
    {
      name: "fails",
      config: { credsStore: "test" },
      program: helper("keychain is locked", 2),
      notice: /it ended with 2/,
    },
    {
      name: "answers nonsense",
      config: { credsStore: "test" },
      program: helper('{"Secret":"s3cret"'),
      notice: /not the JSON of the protocol/,
    },
    { name: "has a path for a name", config: { credsStore: "../../bin/sh" }, notice: /not a plain word/ },
  ])("that $name is worth a line and no more", async ({ config, program, notice }) => {
    const files = { [docker]: config, ...(program ? { "bin/docker-credential-test": program } : {}) };
    const { found, notices } = await search(files);
    expect(found).toBeUndefined();
    expect(notices.join("\n")).toMatch(notice);
    expect(notices.join("\n")).not.toContain("s3cret");
  });
});

describe("a file that cannot be used", () => {
  const broken = '{"auths":{"registry.site:5000":{"auth":"c2VjcmV0"';

  test("ends the run where it was named", async () => {
    const error = await search({ "my.json": broken }, { authFile: "my.json" }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: "CONFIG_FILE_INVALID", exitCode: 78 });
    expect(String(error)).not.toContain("c2Vj");
    await expect(search({}, { authFile: "none.json" })).rejects.toMatchObject({ exitCode: 78 });
  });

  test("is worth a line where it was found", async () => {
    const { found, notices, home } = await search({ [podman]: broken, [docker]: file("docker") });
    expect(found?.username).toBe("docker");
    expect(notices).toEqual([
      `Credentials in "${join(home, podman)}" are ignored: it is not a JSON file of credentials`,
    ]);
  });

  test("with a byte order mark of Windows' editors can be", async () => {
    const { found } = await search({ [docker]: `\u{feff}${JSON.stringify(file("docker"))}` });
    expect(found?.username).toBe("docker");
  });

  test("for one entry alone serves with the others, and names that one", async () => {
    const { found, notices, home } = await search({
      [docker]: { auths: { "other:5000": { auth: 7 }, [host]: auth("docker", "x") } },
    });
    expect(found?.username).toBe("docker");
    expect(notices).toEqual([
      `The entry "other:5000" of "${join(home, docker)}" is ignored: it is not one of credentials`,
    ]);
  });

  test("in the environment is worth a line", async () => {
    const { notices } = await search({}, { env: { DOCKER_AUTH_CONFIG: broken } });
    expect(notices).toEqual(["DOCKER_AUTH_CONFIG is ignored: it is not JSON with credentials"]);
  });
});

describe("registries.yaml", () => {
  test("gives credentials and certificates by host", async () => {
    const text = `
mirrors:
  docker.io: {endpoint: ["https://${host}"]}
configs:
  ${host}:
    auth: {username: a, password: "*b"}
    tls: {ca_file: /ca.pem, cert_file: /c.pem, key_file: /k.pem}
  "other.site":
    auth: {auth: ${auth("u", "p").auth}}
    tls: {insecure_skip_verify: true}
  empty.site:
    auth:
`;
    const configs = await parseRegistriesYaml(text, "r.yaml");
    expect(configs.get(host)).toEqual({
      credentials: { username: "a", password: "*b", identityToken: undefined },
      caFile: "/ca.pem",
      certFile: "/c.pem",
      keyFile: "/k.pem",
      skipVerify: false,
    });
    expect(configs.get("other.site")).toMatchObject({
      credentials: { username: "u", password: "p" },
      skipVerify: true,
    });
    expect(configs.get("empty.site")?.credentials).toBeUndefined();
    expect((await parseRegistriesYaml("", "r.yaml")).size).toBe(0);
  });

  test.for(["configs: [secret", "configs:\n  x:\n    auth: {password: *secret}", "configs: secret"])(
    "that cannot be read is refused without a word of it: %s",
    async (text) => {
      const read = parseRegistriesYaml(text, "r.yaml");
      await expect(read).rejects.toThrow(/Cannot read .*r\.yaml/);
      await expect(read).rejects.not.toThrow(/secret/);
    },
  );
});
