import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { runCli } from "../../helpers/processes/run-cli.ts";

/** The address of a registry that answers everything with these bytes. */
async function answerWith(bytes: string): Promise<string> {
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => void (bytes.includes("close") ? socket.end(bytes) : socket.write(bytes)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  {
    title: "that contradicts itself about its length",
    answer: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
  },
  { title: "with a status below 100", answer: "HTTP/1.1 099 X\r\ncontent-length: 0\r\n\r\n" },
  { title: "with such a status until it closes", answer: "HTTP/1.1 099 X\r\nconnection: close\r\n\r\nx" },
  { title: "that changes protocols unasked", answer: "HTTP/1.1 101 X\r\ncontent-length: 0\r\n\r\n" },
])("an answer $title is the registry's fault, not a bug", async ({ answer }) => {
  const registry = await answerWith(answer);
  const { code, stderr } = await runCli(["inspect", "--plain-http", `docker://${registry}/app:1`]);
  expect([code, stderr]).toEqual([76, expect.stringContaining("[RESPONSE_INVALID]")]);
  expect(stderr).toContain(`"${registry}" answers against the rules of HTTP`);
});
