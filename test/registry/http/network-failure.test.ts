import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { runCli } from "../../helpers/processes/run-cli.ts";

test("an answer that contradicts itself about its length is the registry's fault, not a bug", async () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n";
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => socket.write(`${head}2\r\n{}\r\n0\r\n\r\n`));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stderr } = await runCli(["inspect", "--plain-http", `docker://${registry}/app:1`]);
  expect([code, stderr]).toEqual([76, expect.stringContaining("[RESPONSE_INVALID]")]);
  expect(stderr).toContain(`"${registry}" answers against the rules of HTTP`);
});
