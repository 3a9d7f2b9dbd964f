// Measures `airgap-load serve` beside docker-registry in the same run: one large blob pushed and pulled, many small ones.
// The client is the same for both and as plain as can be. Prints medians as a Markdown table.
// usage: node scripts/bench-serve.mjs [--size 512] [--small 300] [--runs 3]
import { createHash, randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { formatTable } from "./bench/format-table.mjs";
import { startRegistry } from "./bench/start-registry.mjs";
import { startServe } from "./bench/start-serve.mjs";

const { values: options } = parseArgs({
  options: {
    size: { type: "string", default: "512" },
    small: { type: "string", default: "300" },
    runs: { type: "string", default: "3" },
  },
});
const parallel = 4;
const digests = new Map();
const large = randomBytes(Number(options.size) * 1_000_000);
const smalls = Array.from({ length: Number(options.small) }, () => randomBytes(10_000));

const rounds = [];
for (let round = 1; round <= Number(options.runs); round += 1) {
  console.error(`Round ${round} of ${options.runs}`);
  rounds.push([await measure(startServe), await measure(startRegistry)]);
}
console.log(
  formatTable(
    ["", "push MB/s", "pull MB/s", "small pushes/s", "small pulls/s", "manifest pulls/s"],
    ["airgap-load serve", "docker-registry"].map((title, at) => [
      title,
      ...rounds[0][at].map((_, column) => median(rounds.map((round) => round[at][column])).toFixed(0)),
    ]),
  ),
);

async function measure(start) {
  const registry = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  const client = { agent, base: `http://${registry.host}` };
  try {
    const megabytes = large.length / 1_000_000;
    const pushed = await seconds(() => pushBlob(client, large));
    const pulled = await seconds(() => pull(client, `blobs/${digestOf(large)}`));
    const smallPushed = await seconds(() => inParallel(smalls, (blob) => pushBlob(client, blob)));
    const smallPulled = await seconds(() =>
      inParallel(smalls, (blob) => pull(client, `blobs/${digestOf(blob)}`)),
    );
    await pushManifest(client, smalls[0]);
    const manifests = Array.from({ length: 1000 }, () => "manifests/v1");
    const manifestsPulled = await seconds(() => inParallel(manifests, (path) => pull(client, path)));
    return [
      megabytes / pushed,
      megabytes / pulled,
      smalls.length / smallPushed,
      smalls.length / smallPulled,
      manifests.length / manifestsPulled,
    ];
  } finally {
    agent.destroy();
    await registry.stop();
  }
}

async function pushBlob(client, bytes) {
  const { location } = await send(client, "POST", new URL("/v2/bench/x/blobs/uploads/", client.base), 202);
  const url = new URL(location, client.base);
  url.searchParams.set("digest", digestOf(bytes));
  await send(client, "PUT", url, 201, bytes, { "content-type": "application/octet-stream" });
}

async function pushManifest(client, config) {
  const mediaType = "application/vnd.docker.distribution.manifest.v2+json";
  const descriptor = {
    mediaType: "application/vnd.docker.container.image.v1+json",
    digest: digestOf(config),
    size: config.length,
  };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers: [] }));
  const url = new URL("/v2/bench/x/manifests/v1", client.base);
  await send(client, "PUT", url, 201, bytes, { "content-type": mediaType });
}

async function pull(client, path) {
  const accept = "application/vnd.docker.distribution.manifest.v2+json";
  await send(client, "GET", new URL(`/v2/bench/x/${path}`, client.base), 200, undefined, { accept });
}

function send({ agent }, method, url, wanted, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const length = { "content-length": body?.length ?? 0 };
    const sent = request(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === wanted) resolve(response.headers);
        else reject(new Error(`${method} ${url}: ${response.statusCode}`));
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

async function inParallel(items, work) {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

function digestOf(bytes) {
  if (!digests.has(bytes)) digests.set(bytes, `sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  return digests.get(bytes);
}

async function seconds(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
