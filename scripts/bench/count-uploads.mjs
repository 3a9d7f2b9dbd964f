import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { pipeline } from "node:stream/promises";

/** Runs `work` with the host of a proxy before a registry, and gives the bytes of all blobs that were sent through it. */
export async function countUploads(target, work) {
  let uploaded = 0;
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const outward = request(`http://${target}${url}`, { method, headers, agent });
    outward.on("response", (response) => {
      outgoing.writeHead(response.statusCode, response.headers);
      pipeline(response, outgoing).catch(() => outgoing.destroy());
    });
    outward.on("error", () => outgoing.destroy());
    pipeline(incoming, count, outward).catch(() => outgoing.destroy());

    async function* count(chunks) {
      for await (const chunk of chunks) {
        if (url.includes("/blobs/uploads/")) uploaded += chunk.length;
        yield chunk;
      }
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await work(`127.0.0.1:${server.address().port}`);
  } finally {
    server.close();
    server.closeAllConnections();
    agent.destroy();
  }
  return uploaded;
}
