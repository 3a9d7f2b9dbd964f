import { hashSync } from "bcryptjs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve } from "../../src/server/serve.ts";
import type { RegistryServer } from "../../src/server/registry-server.ts";
import { k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { type Containerd, missingContainerd, startContainerd } from "../helpers/judges/containerd.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { createContainerdClient, openSession, registryClients } from "../helpers/judges/registry-clients.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { send } from "../helpers/registries/send.ts";

const user = "ann:ann-secret";

/** The ways of signing in that `serve` has, and what the unsigned may do with each. */
const ways = [
  { way: "no sign-in", options: { htpasswd: false }, read: true, write: true },
  { way: "--htpasswd", options: { htpasswd: true }, read: false, write: false },
  {
    way: "--htpasswd and --allow-anonymous-pull",
    options: { htpasswd: true, allowAnonymousPull: true },
    read: true,
    write: false,
  },
];

describe.for(ways)("serve with $way", ({ options, read, write }) => {
  let folder: string;
  let server: RegistryServer;
  let host: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "airgap-load-sign-in-"));
    const path = join(folder, "htpasswd");
    await writeFile(path, `ann:${hashSync("ann-secret", 4)}\n`);
    const { htpasswd, ...others } = options;
    const files = htpasswd ? { htpasswd: path } : {};
    server = await serve({ data: join(folder, "data"), listen: "127.0.0.1:0", ...others, ...files });
    host = new URL(server.url).host;
    const flags = ["--registry", host, "--plain-http", "--arch-tags", "always"];
    const { code, stderr } = await runCli(
      [...flags, "--username", "ann", "--password-stdin", ...k3sFlags("docker20", ["amd64", "arm64"])],
      { input: "ann-secret" },
    );
    if (code !== 0) throw new Error(stderr);
  });
  afterAll(async () => {
    await server.stop(0);
    await rm(folder, { recursive: true });
  });

  const image = (): string => `${host}/rancher/pause:3.1`;

  async function isThere(tag: string): Promise<boolean> {
    const authorization = `Basic ${Buffer.from(user).toString("base64")}`;
    const url = `${server.url}/v2/rancher/pause/manifests/${tag}`;
    return (await send("HEAD", url, { headers: { authorization } })).status === 200;
  }

  for (const client of registryClients) {
    const tag = client.name.replaceAll(" ", "-");
    describeWith(client.missing, `for ${client.name}`, () => {
      test("signed in, reads and writes", async () => {
        const session = await openSession(host, user);
        await client.read(image(), session);
        await client.write(image(), `${host}/rancher/pause:${tag}`, session);
        expect(await isThere(tag)).toBe(true);
      });

      test("unsigned, does what everybody may", async () => {
        const target = `${host}/rancher/pause:${tag}-unsigned`;
        const hasRead = await succeeds(client.read(image(), await openSession(host)));
        await succeeds(client.write(image(), target, await openSession(host)));
        expect([hasRead, await isThere(`${tag}-unsigned`)]).toEqual([read, write]);
      });
    });
  }

  describeWith(missingContainerd, "for containerd", () => {
    let containerd: Containerd;
    beforeAll(async () => {
      containerd = await startContainerd();
    });
    afterAll(() => containerd.stop());

    test("signed in, reads and writes; unsigned, does what everybody may", async () => {
      const client = createContainerdClient(containerd);
      const session = await openSession(host, user);
      await client.read(image(), session);
      await client.write(image(), `${host}/rancher/pause:ctr`, session);
      const unsigned = await openSession(host);
      const hasRead = await succeeds(client.read(image(), unsigned));
      await succeeds(containerd.push(image(), `${host}/rancher/pause:ctr-unsigned`, "linux/amd64"));
      const written = [await isThere("ctr"), await isThere("ctr-unsigned")];
      expect([hasRead, ...written]).toEqual([read, true, write]);
    });
  });
});

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
