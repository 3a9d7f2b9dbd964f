import type { Descriptor } from "../../oci/descriptor.ts";
import type { RegistryClient } from "../client/registry-client.ts";
import { NetworkError } from "../http/network-error.ts";
import { resolveLocation } from "../http/resolve-location.ts";
import { headerOf, type RegistryResponse } from "../http/transport.ts";
import type { RefusalRule } from "../refusal/refusal-rules.ts";
import { RegistryRefusal } from "../refusal/registry-refusal.ts";
import type { UploadTarget } from "./upload-session.ts";

/**
 * What a registry shows under a blob's digest: the blob, nothing, or bytes of another size. `unknown` where it answers in
 * no way that tells (403, 500, ...): asking only saves work.
 */
export type BlobPresence = "present" | "absent" | "damaged" | "unknown";

const redirects = [301, 302, 303, 307, 308];

/**
 * Asks whether a repository has a blob. A blob is there only if its size is the right one (decision 20): as HEAD says it, or
 * the target of HEAD's redirect, or a GET of one byte. A length of 0 says nothing: proxies make it up.
 */
export async function lookUpBlob(
  client: RegistryClient,
  target: UploadTarget,
  descriptor: Descriptor,
): Promise<BlobPresence> {
  return unlessRefused("unknown", async () => {
    const size = await askHead(client, target, descriptor);
    if (size === "absent") return size;
    return size === undefined ? askForByte(client, target, descriptor) : judge(size, descriptor);
  });
}

/** The same by GET alone, whose word counts where HEAD says that there is nothing (Nexus 3.2, Harbor's proxy projects). */
export async function askForByte(
  client: RegistryClient,
  target: UploadTarget,
  descriptor: Descriptor,
  rules?: readonly RefusalRule[],
): Promise<BlobPresence> {
  const response = await client.send({
    method: "GET",
    url: blobPath(target, descriptor),
    ...target,
    headers: { range: "bytes=0-0" },
    // 416 is for a blob without any byte.
    accept: [200, 206, 404, 416],
    ...(rules ? { rules } : { attempts: 2 }),
  });
  if (response.status === 200) {
    return judge(lengthOf(response) ?? (await countBytes(response, descriptor)), descriptor);
  }
  await response.discard();
  if (response.status === 404) return "absent";
  const size = rangeTotal(response);
  return size === undefined ? "unknown" : judge(size, descriptor);
}

function judge(size: number, descriptor: Descriptor): BlobPresence {
  return size === descriptor.size ? "present" : "damaged";
}

function blobPath({ access }: UploadTarget, { digest }: Descriptor): string {
  return `/v2/${access.repository}/blobs/${digest}`;
}

/** The size as HEAD shows it, or undefined where it shows none. */
async function askHead(
  client: RegistryClient,
  target: UploadTarget,
  descriptor: Descriptor,
): Promise<number | "absent" | undefined> {
  const head = { method: "HEAD", ...target, attempts: 2 } as const;
  const path = blobPath(target, descriptor);
  const response = await client.send({ ...head, url: path, accept: [200, 404, ...redirects] });
  await response.discard();
  if (response.status === 404) return "absent";
  if (response.status === 200) return lengthOf(response) ?? (descriptor.size === 0 ? 0 : undefined);
  const { origin } = await client.open();
  const url = resolveLocation(headerOf(response, "location") ?? "", new URL(path, origin));
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  // Whether the address holds for HEAD, too, shows only when it is asked.
  return unlessRefused(undefined, async () => {
    const moved = await client.send({ ...head, url, accept: [200] });
    await moved.discard();
    return lengthOf(moved);
  });
}

async function unlessRefused<T>(otherwise: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RegistryRefusal || error instanceof NetworkError) return otherwise;
    throw error;
  }
}

function lengthOf(response: RegistryResponse): number | undefined {
  const size = Number(headerOf(response, "content-length") || Number.NaN);
  return size > 0 ? size : undefined;
}

/** The total of `bytes 0-0/1234` (RFC 9110, 14.4). */
function rangeTotal(response: RegistryResponse): number | undefined {
  const total = /\/(\d+)$/.exec(headerOf(response, "content-range") ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

async function countBytes(response: RegistryResponse, { size }: Descriptor): Promise<number> {
  let counted = 0;
  for await (const chunk of response.body) {
    counted += chunk.length;
    if (counted > size) break;
  }
  return counted;
}
