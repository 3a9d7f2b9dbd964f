import type { Exchange } from "./exchange.ts";

/** Whether the client has this content already (RFC 9110, `If-None-Match`). */
export function isUnchanged({ request }: Exchange, digest: string): boolean {
  const tags = request.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags?.some((tag) => tag === `"${digest}"` || tag === "*") ?? false;
}
