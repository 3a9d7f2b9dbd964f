import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * distribution over a folder, Debian's `docker-registry` or 3's `registry`, or our own `serve`: can be killed, started again on
 * the same port, and emptied.
 */
export async function createRegistry(folder, program) {
  const port = await freePort();
  const config = join(folder, "config.yml");
  const data = join(folder, "data");
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: ${data}}}\nhttp: {addr: "127.0.0.1:${port}", secret: faults}\n`,
  );
  const isOwn = program === "serve";
  const own = fileURLToPath(new URL("../../bin/airgap-load.js", import.meta.url));
  const [command, ...args] = isOwn
    ? [process.execPath, own, "serve", "--data", data, "--listen", `127.0.0.1:${port}`]
    : [program, "serve", config];
  let child;
  let rounds = 0;
  const registry = {
    port,
    /** Ours keeps its folder while it runs: each round has repositories of its own. */
    get prefix() {
      return isOwn ? `round${rounds}` : "";
    },
    async start() {
      const env = { ...process.env, OTEL_TRACES_EXPORTER: "none" };
      child = spawn(command, args, { stdio: "ignore", env });
      child.on("error", (error) => {
        throw new Error(`${program} cannot be started: ${error.message}`);
      });
      while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    async kill() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
    empty() {
      rounds++;
      if (isOwn) return;
      rmSync(data, { recursive: true, force: true });
      mkdirSync(data, { recursive: true });
    },
    /** Everything that clients can see, one digest over all of it: unfinished uploads are not. Ours draws numbers for its files. */
    snapshot: () =>
      isOwn
        ? ""
        : listFiles(data)
            .map((name) => `${name} ${sha256(readFileSync(join(data, name)))}`)
            .join("\n"),
  };
  return registry;
}

/** A registry that runs already: each round has repositories of its own under a prefix. */
export function createOutsideRegistry(address, namespace) {
  let rounds = 0;
  return {
    port: Number(new URL(`http://${address}`).port),
    get prefix() {
      return `${namespace}/round${rounds}`;
    },
    start: async () => undefined,
    kill: async () => undefined,
    empty: () => void rounds++,
    snapshot: () => "",
  };
}

function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length))
    .filter((name) => !name.includes("/_uploads/"))
    .sort();
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

async function answers(port) {
  try {
    return (await fetch(`http://127.0.0.1:${port}/v2/`)).ok;
  } catch {
    return false;
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
