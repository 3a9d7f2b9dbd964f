import { hubHostNames, isHubHost } from "../../oci/host-name.ts";

const hubKey = "https://index.docker.io/v1/";

/**
 * Keys under which a credential file may keep what is for a repository: namespaced ones first, longest first
 * (podman), then the host, then any key that is the host once scheme and path are taken away (docker).
 */
export function findHostKey(keys: Iterable<string>, host: string, repository: string): string | undefined {
  const known = [...keys];
  const parts = repository.split("/");
  const namespaced = parts.map((_, i) => [host, ...parts.slice(0, parts.length - i)].join("/"));
  for (const wanted of [...namespaced, ...serverNames(host)]) if (known.includes(wanted)) return wanted;
  return known.find((key) => isSameHost(hostnameOf(key), host));
}

/** What a credential helper may know a host as, most usual first. */
export function serverNames(host: string): readonly string[] {
  return isHubHost(host) ? [hubKey, ...hubHostNames] : [host, `https://${host}`];
}

function hostnameOf(key: string): string {
  return key.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "";
}

function isSameHost(a: string, b: string): boolean {
  return plainHost(a) === plainHost(b) || (isHubHost(a) && isHubHost(b));
}

/** Names have no case, and 443 is where https is without a port. */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/:443$/, "");
}
