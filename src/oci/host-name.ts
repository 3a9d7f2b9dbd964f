import { isIPv4 } from "node:net";

const hubHosts = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** Every name of Docker Hub. */
export const hubHostNames: readonly string[] = [...hubHosts];

/** Whether a host is Docker Hub under any of its names. */
export function isHubHost(host: string): boolean {
  return hubHosts.has(host);
}

/** Whether only this machine can reach a host; IPv6 without brackets. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
