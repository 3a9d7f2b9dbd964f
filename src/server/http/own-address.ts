import type { IncomingMessage } from "node:http";
import { isHost } from "../../oci/reference.ts";

/** The name under which the client reached us, if it can be one at all: what it is to come back by. */
export function ownHost({ headers, socket }: IncomingMessage): string {
  const { host = "" } = headers;
  return isHost(host) ? host : `${socket.localAddress ?? "localhost"}:${socket.localPort ?? 0}`;
}

/** The scheme that the client speaks: a proxy in front says of TLS of its own in `X-Forwarded-Proto`. */
export function ownScheme({ headers, socket }: IncomingMessage): "http" | "https" {
  return "encrypted" in socket || headers["x-forwarded-proto"] === "https" ? "https" : "http";
}
