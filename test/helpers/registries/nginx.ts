import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findMissing } from "../processes/installed.ts";

export interface Nginx {
  /** `127.0.0.1:34567` */
  readonly host: string;
  stop(): Promise<void>;
}

/** What is missing for {@link startNginx}, if anything. */
export const missingNginx: string | undefined = findMissing("nginx");

export interface NginxOptions {
  /** For how long it waits for the answer to a commit, in nginx's words; to all else, and as it comes, a minute. */
  readonly commitTimeout?: string;
}

/** Starts nginx in front of a registry on loopback, with a limit of 1 MB for a request's body, as it comes. */
export async function startNginx(
  target: string,
  { commitTimeout = "60s" }: NginxOptions = {},
): Promise<Nginx> {
  for (let tries = 0; tries < 5; tries++) {
    const nginx = await tryNginx(target, commitTimeout);
    if (nginx) return nginx;
  }
  throw new Error("nginx did not start");
}

/** Undefined where it does not start: the port that was free may be another test's by then. */
async function tryNginx(target: string, commitTimeout: string): Promise<Nginx | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-nginx-"));
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, "nginx.conf");
  await writeFile(config, configText(folder, host, target, commitTimeout));
  const child = spawn("nginx", ["-p", folder, "-e", join(folder, "error.log"), "-c", config], {
    stdio: "ignore",
  });
  const closed = once(child, "close");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await closed;
    await rm(folder, { recursive: true, force: true });
  };
  while (child.exitCode === null) if (await answers(host)) return { host, stop };
  await stop();
  return undefined;
}

function configText(folder: string, host: string, target: string, commitTimeout: string): string {
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  // Started by root, its workers would be nobody's and could not write to the folder.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const pass = `proxy_pass http://${target}; proxy_set_header Host $http_host;`;
  return `${user} daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
    http { access_log off; ${temp.join(" ")}
      server { listen ${host};
        location / { ${pass} }
        location ~ /blobs/uploads/ { error_page 418 = @commit; if ($request_method = PUT) { return 418; } ${pass} }
        location @commit { ${pass} proxy_read_timeout ${commitTimeout}; } } }`;
}

/** Whether nginx does, and nobody else. */
async function answers(host: string): Promise<boolean> {
  return fetch(`http://${host}/v2/`).then(
    ({ headers }) => headers.get("server")?.startsWith("nginx") === true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
