import { isIPv6 } from "node:net";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";

export interface ListenAddress {
  /** Without brackets; `0.0.0.0` and `::` are every address of the machine. */
  readonly host: string;
  /** 0 is any that is free. */
  readonly port: number;
}

/** Reads `127.0.0.1:5000`, `[::1]:5000`, `localhost:5000`, `:5000` (every address) or `5000` (loopback). */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:(?:\[([0-9a-f:.]+)\]|([\w.-]*)):)?(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new AirgapError("USAGE", `Cannot listen on "${printable(text)}": want ADDRESS:PORT`, {
      exit: "usage",
      hint: "For example 127.0.0.1:5000, or :5000 for every address of this machine.",
    });
  }
  const host = match[1] ?? match[2] ?? "127.0.0.1";
  return { host: host === "" ? "0.0.0.0" : host, port };
}

/** `[::1]:5000` or `127.0.0.1:5000`. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
