// Loads the k3s sample archives of three architectures into the embedded registry, pulls one image for each platform
// back with a reader of its own, checks it, and leaves nothing behind. usage: npm run demo
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createRegistryHandler } from "../dist/server/registry-handler.js";
import { DirectoryStorage } from "../dist/storage/directory/directory-storage.js";
import { pullImage } from "./demo/pull-image.mjs";

const name = "rancher/coredns-coredns:1.8.3";
const wanted = [
  { flag: "--amd64", platform: "linux/amd64", machine: "amd64" },
  { flag: "--arm64", platform: "linux/arm64", machine: "arm64" },
  { flag: "--arm", platform: "linux/arm/v7", machine: "arm" },
];
const program = path("../bin/airgap-load.js");
const folder = await mkdtemp(join(tmpdir(), "airgap-load-demo-"));
const storage = await DirectoryStorage.open(join(folder, "registry"));
const handle = createRegistryHandler({ storage });
const server = createServer((request, response) => void handle(request, response)).listen(0, "127.0.0.1");
try {
  await once(server, "listening");
  const host = `127.0.0.1:${server.address().port}`;
  console.log(`An empty registry of our own listens on ${host}.\n`);
  await load(host);
  console.log(
    `\nOne image for each platform, pulled back; in the arm64 and arm archives its config said amd64:`,
  );
  for (const one of wanted) await check(host, one);
} finally {
  server.close();
  server.closeAllConnections();
  await storage[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}

async function load(host) {
  const archives = wanted.flatMap(({ flag }) => [
    flag,
    path(`../samples/k3s8/docker20/k3s-airgap-images-${flag.slice(2)}.tar.gz`),
  ]);
  const args = ["--registry", host, ...archives];
  console.log(
    ["$ airgap-load", ...args.map((arg) => (arg.startsWith("/") ? relative(".", arg) : arg))].join(" "),
  );
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "inherit", "inherit"] });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`airgap-load ended with exit code ${code}`);
}

async function check(host, { platform, machine }) {
  const image = await pullImage(host, name, platform);
  const right = image.claimed === platform && image.machines.join() === machine;
  console.log(
    `${right ? "right" : "WRONG"}  ${platform.padEnd(12)} ${image.digest}  config ${image.claimed}, binaries ${image.machines.join(", ")}`,
  );
  if (!right) process.exitCode = 1;
}

function path(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
