import { connect, createServer } from "node:net";
import { once } from "node:events";

/**
 * A TCP proxy in front of the registry, as slow as a site's network, whose faults strike once `after` bytes of uploads
 * went through: `reset` cuts all connections, `stall` keeps silent for a while and then cuts, `half-open` takes new
 * connections for a while and answers nothing.
 */
export async function startProxy(target, bytesPerSecond) {
  const sockets = new Set();
  let fault;
  let seen = 0;
  let silentUntil = 0;
  const server = createServer((client) => {
    const isHalfOpen = Date.now() < silentUntil && fault?.kind === "half-open";
    const upstream = isHalfOpen ? undefined : connect(target, "127.0.0.1");
    for (const socket of [client, ...(upstream ? [upstream] : [])]) track(socket);
    if (!upstream) return;
    void pass(client, upstream, (chunk) => count(chunk.length));
    void pass(upstream, client, () => true);
  });

  function track(socket) {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  }

  async function pass(from, to, isAlive) {
    try {
      for await (const chunk of from) {
        if (!isAlive(chunk) || Date.now() < silentUntil) return;
        to.write(chunk);
        await new Promise((resolve) => setTimeout(resolve, (1000 * chunk.length) / bytesPerSecond));
      }
      to.end();
    } catch {
      to.destroy();
    }
  }

  function count(length) {
    seen += length;
    if (!fault || fault.struck || seen < fault.after) return true;
    fault.struck = true;
    strike(fault);
    return false;
  }

  function strike({ kind, silence, onStrike }) {
    onStrike?.();
    if (kind === "reset") return cut();
    silentUntil = Date.now() + silence;
    setTimeout(cut, silence);
  }

  function cut() {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    /** Sets what is to happen in the next run. */
    arm(next) {
      fault = next && { ...next, struck: false };
      seen = 0;
      silentUntil = 0;
    },
    /** Bytes that clients have sent since it was armed. */
    get seen() {
      return seen;
    },
    get struck() {
      return fault?.struck === true;
    },
    stop() {
      cut();
      server.close();
    },
  };
}
