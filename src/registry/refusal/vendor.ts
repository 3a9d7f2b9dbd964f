import type { Challenge } from "../auth/challenge.ts";

/** Whose registry it is, as far as it shows: for hints, and for the few limits that cannot be found out by asking. */
export type Vendor =
  | "acr"
  | "alibaba"
  | "artifactory"
  | "distribution"
  | "docker-hub"
  | "ecr"
  | "gar"
  | "ghcr"
  | "gitea"
  | "gitlab"
  | "harbor"
  | "nexus"
  | "openshift"
  | "quay"
  | "swr"
  | "unknown";

const hosts: readonly (readonly [Vendor, RegExp])[] = [
  ["docker-hub", /^(?:docker\.io|(?:index|registry-1)\.docker\.io)$/],
  ["ecr", /\.dkr\.ecr(?:-fips)?\.[^.]+\.amazonaws\.com(?:\.cn)?$/],
  ["acr", /\.azurecr\.(?:io|cn|us)$/],
  ["gar", /(?:\.pkg\.dev|^(?:.+\.)?gcr\.io)$/],
  ["ghcr", /^ghcr\.io$/],
  ["swr", /^swr\..*myhuaweicloud\.com$/],
  ["alibaba", /\.(?:aliyuncs\.com|cr\.aliyuncs\.com)$/],
  ["quay", /^quay\.io$/],
];

const realms: readonly (readonly [Vendor, RegExp])[] = [
  ["harbor", /\/service\/token$/],
  ["quay", /\/v2\/auth$/],
  ["gitlab", /\/jwt\/auth$/],
  ["artifactory", /\/artifactory\/api\/docker\/.*\/v2\/token$/],
  ["gitea", /\/v2\/token$/],
  ["openshift", /\/openshift\/token$/],
  ["acr", /\/oauth2\/token$/],
];

/** Guesses from the host, the token server's address and the ping's headers (registry.md 9). */
export function detectVendor(
  host: string,
  challenges: readonly Challenge[],
  headers: ReadonlyMap<string, readonly string[]>,
): Vendor {
  const byHost = vendorOfHost(host);
  if (byHost) return byHost;
  const paths = challenges.map((challenge) => (challenge.parameters.get("realm") ?? "").replace(/\?.*$/, ""));
  const byRealm = realms.find(([, pattern]) => paths.some((path) => pattern.test(path)));
  if (byRealm) return byRealm[0];
  if (challenges.some((challenge) => challenge.parameters.get("realm") === "harbor")) return "harbor";
  if (headers.get("server")?.some((server) => server.startsWith("Nexus/"))) return "nexus";
  if (headers.has("x-artifactory-id")) return "artifactory";
  return headers.has("docker-distribution-api-version") ? "distribution" : "unknown";
}

/** The clouds', which have names of their own; undefined for any other host. */
export function vendorOfHost(host: string): Vendor | undefined {
  const hostname = host.replace(/:\d+$/, "");
  return hosts.find(([, pattern]) => pattern.test(hostname))?.[0];
}
