// The least work that any tool must do for gzip archives on this machine: inflate each archive once and hash what comes
// out, hash the compressed bytes once, and put as many compressed bytes into the registry once. The archives go up as
// blobs of one repository, inflating and sending side by side.
// usage: bench-floor.mjs HOST:PORT FILE.tar.gz...
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import http from "node:http";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

const [host, ...files] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
const reading = { highWaterMark: 1 << 20 };
await Promise.all([inflateAll(), sendAll()]);
agent.destroy();

async function inflateAll() {
  for (const file of files) {
    const hash = createHash("sha256");
    const sink = new Writable({
      write(chunk, _, done) {
        hash.update(chunk);
        done();
      },
    });
    await pipeline(createReadStream(file, reading), createGunzip({ chunkSize: 1 << 18 }), sink);
    hash.digest();
  }
}

async function sendAll() {
  for (const file of files) {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file, reading)) hash.update(chunk);
    const { headers } = await send("POST", `http://${host}/v2/floor/blobs/uploads/`);
    const upload = new URL(headers.location, `http://${host}`);
    upload.searchParams.set("digest", `sha256:${hash.digest("hex")}`);
    const { size } = await stat(file);
    const { statusCode } = await send("PUT", upload, size, createReadStream(file, reading));
    if (statusCode !== 201) throw new Error(`PUT ${upload}: ${statusCode}`);
  }
}

function send(method, url, size = 0, body = []) {
  return new Promise((resolve, reject) => {
    const headers = { "content-length": size, "content-type": "application/octet-stream" };
    const outward = http.request(url, { method, headers, agent }, (response) => {
      response.resume();
      response.on("end", () => resolve(response));
    });
    outward.on("error", reject);
    pipeline(body, outward).catch(reject);
  });
}
