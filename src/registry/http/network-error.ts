import { AirgapError, type AirgapErrorOptions, type ExitKind } from "../../oci/airgap-error.ts";
import type { ErrorCode } from "../../oci/error-code.ts";
import { printable } from "../../oci/printable.ts";
import { slowAnswerCode } from "./answer-pace.ts";
import { classifyNetworkError, type NetworkFailure, type NetworkFailureKind } from "./network-failure.ts";

interface Wording {
  readonly code: ErrorCode;
  readonly exit: ExitKind;
  readonly detail: (host: string, failure: NetworkFailure) => string;
  readonly hint: (url: URL, failure: NetworkFailure) => string;
}

/** Node 24 ends with it what OpenSSL says of a certificate; who carries one file has no such option. */
const adviceOfNode = /; if the root CA is installed locally.*$/;

const wordings: Readonly<Record<NetworkFailureKind, Wording>> = {
  "unknown-host": {
    code: "REGISTRY_UNREACHABLE",
    exit: "unreachable",
    detail: (host) => `the name of "${host}" is not known`,
    hint: () => "Check the spelling, and that this machine's name server knows the host.",
  },
  refused: {
    code: "REGISTRY_UNREACHABLE",
    exit: "unreachable",
    detail: (host, failure) => `nothing answers at "${host}" (${printable(failure.message)})`,
    hint: () => "Check the port, and that the registry runs and no firewall is between.",
  },
  proxy: {
    code: "PROXY_REFUSED",
    exit: "unreachable",
    detail: (host, failure) =>
      `the proxy does not let it through to "${host}": ${printable(failure.message)}`,
    hint: () => "Correct HTTPS_PROXY or HTTP_PROXY, or except the registry from it with NO_PROXY.",
  },
  "not-tls": {
    code: "REGISTRY_SPEAKS_HTTP",
    exit: "unreachable",
    detail: (host) => `"${host}" speaks http, not https`,
    hint: () => "Give --plain-http if that is meant; names, passwords and images then travel unprotected.",
  },
  untrusted: {
    code: "REGISTRY_UNTRUSTED",
    exit: "unreachable",
    detail: (host, { names, message }) =>
      `"${host}" is not trusted: ${names ? `its certificate is for ${printable(names)}` : printable(message.replace(adviceOfNode, ""))}`,
    hint: (url, failure) => certificateHint(url.host, failure.code),
  },
  "client-certificate": {
    code: "CLIENT_CERTIFICATE_REFUSED",
    exit: "denied",
    detail: (host, failure) => `"${host}" wants a client certificate that it trusts (${failure.code})`,
    hint: () => "Give --cert FILE and --key FILE, or put both into /etc/docker/certs.d/HOST:PORT/.",
  },
  // OpenSSL's servers say the same for a missing client certificate and for no cipher in common.
  handshake: {
    code: "REGISTRY_UNTRUSTED",
    exit: "unreachable",
    detail: (host, failure) => `"${host}" ends the TLS handshake (${failure.code})`,
    hint: () =>
      "Either it offers only TLS versions or ciphers that are no longer used: have TLS 1.2 enabled on it; or it asks for a client certificate: give --cert FILE and --key FILE.",
  },
  timeout: {
    code: "REGISTRY_TIMEOUT",
    exit: "gaveUp",
    detail: (host, { code, message }) =>
      code === slowAnswerCode
        ? `"${host}" answers too slowly (${message})`
        : `"${host}" does not answer in time (${code})`,
    hint: () => "Run the same command again: what is there already is not sent again.",
  },
  malformed: {
    code: "RESPONSE_INVALID",
    exit: "protocol",
    detail: (host, failure) => `"${host}" answers against the rules of HTTP: ${printable(failure.message)}`,
    hint: () => "Look into the log of the registry, and of what stands in front of it.",
  },
  broken: {
    code: "CONNECTION_BROKEN",
    exit: "gaveUp",
    detail: (host, failure) =>
      `the connection to "${host}" broke: ${printable(failure.message || failure.code)}`,
    hint: () => "Run the same command again: what is there already is not sent again.",
  },
};

/** A first connection that breaks is often one that was opened in the wrong way. */
const firstBreakHints = new Map([
  ["http:", "If the registry speaks https, leave --plain-http and http:// out."],
  [
    "https:",
    "If the registry asks for a client certificate, give one that it trusts: --cert FILE and --key FILE.",
  ],
]);

/** A failure below HTTP, with its kind for those who try again. */
export class NetworkError extends AirgapError {
  readonly kind: NetworkFailureKind;

  constructor(kind: NetworkFailureKind, code: ErrorCode, message: string, options: AirgapErrorOptions) {
    super(code, message, options);
    this.kind = kind;
  }
}

/** An error of the transport as an operator can use it; others come back as they are. */
export function networkError(action: string, url: URL, error: unknown, contacted: boolean): unknown {
  const failure = classifyNetworkError(error);
  if (!failure) return error;
  const { code, exit, detail, hint } = wordings[failure.kind];
  const breaksAtOnce = !contacted && failure.kind === "broken";
  const isLost = exit === "unreachable" || exit === "gaveUp";
  return new NetworkError(failure.kind, code, `Cannot ${action}: ${detail(url.host, failure)}`, {
    exit: isLost ? (contacted ? "gaveUp" : "unreachable") : exit,
    hint: (breaksAtOnce ? firstBreakHints.get(url.protocol) : undefined) ?? hint(url, failure),
    cause: error,
  });
}

function certificateHint(host: string, code: string): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "The certificate has expired: renew it, or check this machine's clock.";
    case "CERT_NOT_YET_VALID":
      return "The certificate is not valid yet: check this machine's clock.";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
    case "HOSTNAME_MISMATCH":
      return `The certificate is for another name: use a name that it lists, or have "${host}" added to it (an address needs an IP entry).`;
    default:
      return `Give the authority that signed it: --ca-file FILE, or put it into /etc/docker/certs.d/${host}/ca.crt; --tls-no-verify goes without any check.`;
  }
}
