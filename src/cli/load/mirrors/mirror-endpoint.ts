import { resolve } from "node:path";
import type { LoadFlags } from "../../options/load-flags.ts";
import type { Destination } from "../../options/load-request.ts";

/** The registry as nodes have to reach it. */
export interface MirrorEndpoint {
  /** `192.168.2.23:5000` */
  readonly host: string;
  readonly scheme: "http" | "https";
  /** Of the authority that signed its certificate, as given here; nodes need a copy. */
  readonly caFile: string | undefined;
  readonly skipVerify: boolean;
}

/** What the options say of the registry, and `origin` where it was spoken to. */
export function describeEndpoint(
  destination: Destination,
  flags: LoadFlags,
  origin: URL | undefined,
): MirrorEndpoint {
  const [, given, host = ""] = /^(?:(https?):\/\/)?(.*)$/.exec(destination.host) ?? [];
  const isPlain = origin ? origin.protocol === "http:" : (flags.plainHttp ?? given === "http");
  const skipsVerify = flags.tlsNoVerify ?? flags.insecure ?? false;
  return {
    host,
    scheme: isPlain ? "http" : "https",
    caFile: flags.caFile === undefined ? undefined : resolve(flags.caFile),
    skipVerify: skipsVerify && !isPlain,
  };
}
