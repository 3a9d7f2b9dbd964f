import type { Socket } from "node:net";
import type { ContentStorage, StorageUsage } from "../../storage/content-storage.ts";
import { sendBytes } from "../http/exchange.ts";
import type { RequestHandler } from "../http/request-handler.ts";

/** Methods that are counted under their own names; whatever else comes is one. */
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

/**
 * Answers `/metrics` in Prometheus' text form: requests by method and status, bytes, uptime, memory, repositories, tags
 * and what they take. Leaves the rest to the handler, and counts it.
 */
export function serveMetrics(handler: RequestHandler, storage: ContentStorage): RequestHandler {
  const requests = new Map<string, number>();
  const bytes = { received: 0, sent: 0 };
  /** What of a connection's bytes is in the sum already: it serves many requests. */
  const counted = new WeakMap<Socket, Readonly<typeof bytes>>();
  return async (request, response) => {
    if (request.url === "/metrics" && request.method === "GET") {
      const text = formatMetrics(requests, bytes, await countContent(storage));
      sendBytes(response, 200, Buffer.from(text), {
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
      });
      return;
    }
    const { socket } = request;
    response.once("close", () => {
      const method = methods.has(request.method ?? "") ? request.method : "other";
      const status = response.headersSent ? response.statusCode : 0;
      const labels = `method="${method}",status="${status}"`;
      requests.set(labels, (requests.get(labels) ?? 0) + 1);
      const before = counted.get(socket) ?? { received: 0, sent: 0 };
      const now = { received: socket.bytesRead, sent: socket.bytesWritten };
      counted.set(socket, now);
      bytes.received += now.received - before.received;
      bytes.sent += now.sent - before.sent;
    });
    await handler(request, response);
  };
}

interface CountedContent extends StorageUsage {
  readonly repositories: number;
  readonly tags: number;
}

async function countContent(storage: ContentStorage): Promise<CountedContent> {
  const names = await storage.listRepositories();
  let tags = 0;
  for (const name of names) tags += (await storage.listTags(name))?.size ?? 0;
  return { repositories: names.length, tags, ...(await storage.measureUsage()) };
}

function formatMetrics(
  requests: ReadonlyMap<string, number>,
  bytes: { readonly received: number; readonly sent: number },
  content: CountedContent,
): string {
  return `${[
    formatMetric(
      "requests_total",
      "counter",
      "Requests that have ended; status 0 broke off.",
      ...[...requests].map(([labels, count]) => `airgap_load_requests_total{${labels}} ${count}`),
    ),
    formatSingle("received_bytes_total", "counter", "Bytes received.", bytes.received),
    formatSingle("sent_bytes_total", "counter", "Bytes sent.", bytes.sent),
    formatSingle("repositories", "gauge", "Repositories that own a manifest.", content.repositories),
    formatSingle("tags", "gauge", "Tags in all repositories.", content.tags),
    formatSingle("blobs", "gauge", "Blobs kept, manifests among them.", content.blobs),
    formatSingle("blob_bytes", "gauge", "Bytes of all blobs.", content.bytes),
    ...formatKnown("free_bytes", "Bytes that fit in still.", content.free),
    ...formatKnown(
      "garbage_collected_timestamp_seconds",
      "When garbage was last collected.",
      content.collectedAt && Math.round(content.collectedAt.getTime() / 1000),
    ),
    formatSingle("uptime_seconds", "gauge", "Seconds since the process began.", Math.round(process.uptime())),
    formatSingle("resident_memory_bytes", "gauge", "Memory of the process.", process.memoryUsage.rss()),
  ].join("\n")}\n`;
}

function formatMetric(name: string, type: string, help: string, ...samples: readonly string[]): string {
  return [`# HELP airgap_load_${name} ${help}`, `# TYPE airgap_load_${name} ${type}`, ...samples].join("\n");
}

function formatSingle(name: string, type: string, help: string, value: number): string {
  return formatMetric(name, type, help, `airgap_load_${name} ${value}`);
}

function formatKnown(name: string, help: string, value: number | undefined): string[] {
  return value === undefined ? [] : [formatSingle(name, "gauge", help, value)];
}
