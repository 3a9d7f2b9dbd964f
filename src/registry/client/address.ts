import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

/** All addresses of a host name. */
export type LookUp = (hostname: string) => Promise<readonly string[]>;

const closeBy = new BlockList();
for (const [network, prefix] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const) {
  closeBy.addSubnet(network, prefix, "ipv4");
}
closeBy.addAddress("::1", "ipv6");
closeBy.addSubnet("fc00::", 7, "ipv6");
closeBy.addSubnet("fe80::", 10, "ipv6");

/** Whether a URL's host has addresses, and all of them are loopback, private (RFC 1918, RFC 4193) or link-local. */
export async function isPrivateHost(hostname: string, lookUp: LookUp = lookUpAddresses): Promise<boolean> {
  const bare = hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(bare) ? [bare] : await lookUp(bare).catch(() => []);
  return (
    addresses.length > 0 &&
    addresses.every((address) => closeBy.check(address, isIP(address) === 6 ? "ipv6" : "ipv4"))
  );
}

async function lookUpAddresses(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}
