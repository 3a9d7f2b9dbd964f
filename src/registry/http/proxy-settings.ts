import { BlockList, isIP } from "node:net";
import { isLoopback } from "../../oci/host-name.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL, or undefined for none: HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case, read as docker and
 * other Go programs read them (golang.org/x/net, http/httpproxy). Loopback never goes through one.
 */
export function findProxy(url: URL, env: Environment): URL | undefined {
  const value = url.protocol === "https:" ? variable(env, "https_proxy") : variable(env, "http_proxy");
  if (!value || isExcluded(url, variable(env, "no_proxy"))) return undefined;
  const text = value.includes("://") ? value : `http://${value}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}

function variable(env: Environment, name: string): string {
  return env[name] || env[name.toUpperCase()] || "";
}

/** Entries of NO_PROXY are `*`, addresses, networks, and domains, which hold for what is below them too; each with an optional port. */
function isExcluded(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isLoopback(host)) return true;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isInNetwork(host, entry);
  const [, name = entry, wantedPort] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const domain = name.replace(/^\[|\]$|^\*(?=\.)/g, "");
  if (host === domain) return true;
  return !isIP(host) && host.endsWith(domain.startsWith(".") ? domain : `.${domain}`);
}

function isInNetwork(host: string, entry: string): boolean {
  const [network = "", prefix = ""] = entry.split("/");
  const family = isIP(network);
  if (!isIP(host) || !family || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 6 ? 128 : 32)) {
    return false;
  }
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family === 6 ? "ipv6" : "ipv4");
  return list.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
}
