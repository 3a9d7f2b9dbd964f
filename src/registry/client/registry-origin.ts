import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import { isHubHost } from "../../oci/host-name.ts";
import { isHost } from "../../oci/reference.ts";

export interface OriginOptions {
  /** `host[:port]`, or with `http://` or `https://` in front. */
  readonly host: string;
  readonly plainHttp?: boolean | undefined;
  readonly insecure?: boolean | undefined;
}

/** Where a registry may be spoken to. */
export interface RegistryOrigin {
  /** As people know it: `192.168.2.23:5000`, `docker.io`. */
  readonly host: string;
  readonly url: URL;
  readonly fallback?: OriginFallback;
}

export interface OriginFallback {
  readonly url: URL;
  /**
   * `after-failure`: if nothing speaks https there. `if-private`: if what is there does not speak TLS and all its
   * addresses are private or loopback; then without credentials.
   */
  readonly when: "after-failure" | "if-private";
}

/** Which schemes to try for a host, in which order (decision 14). Throws `HOST_INVALID`. */
export function resolveOrigin(options: OriginOptions): RegistryOrigin {
  const [, scheme, host = ""] = /^(?:(https?):\/\/)?(.*?)\/?$/s.exec(options.host) ?? [];
  if (!isHost(host)) {
    throw new AirgapError(
      "HOST_INVALID",
      `Cannot use registry "${printable(options.host)}": want HOST or HOST:PORT`,
      { exit: "usage" },
    );
  }
  const known = isHubHost(host) ? "docker.io" : host;
  const api = isHubHost(host) ? "registry-1.docker.io" : host;
  const plain = new URL(`http://${api}`);
  if (options.plainHttp || scheme === "http") return { host: known, url: plain };
  const url = new URL(`https://${api}`);
  if (options.insecure) return { host: known, url, fallback: { url: plain, when: "after-failure" } };
  if (scheme === "https") return { host: known, url };
  return { host: known, url, fallback: { url: plain, when: "if-private" } };
}
