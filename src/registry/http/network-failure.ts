import { systemCode } from "../../content/file-error.ts";
import { AirgapError } from "../../oci/airgap-error.ts";

/** What went wrong below HTTP. */
export type NetworkFailureKind =
  | "unknown-host"
  | "refused"
  | "proxy"
  | "not-tls"
  | "untrusted"
  | "client-certificate"
  | "handshake"
  | "timeout"
  | "malformed"
  | "broken";

export interface NetworkFailure {
  readonly kind: NetworkFailureKind;
  /** The system's or undici's word: `ECONNRESET`. */
  readonly code: string;
  readonly message: string;
  /** Where a certificate is for other names, those: `DNS:registry.site, IP Address:192.168.2.23`. */
  readonly names?: string;
}

const kinds: readonly (readonly [kind: NetworkFailureKind, code: RegExp])[] = [
  ["unknown-host", /^(?:ENOTFOUND|ENODATA|EAI_NONAME)$/],
  ["refused", /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/],
  [
    "not-tls",
    /^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_LAYER_FAILURE|INVALID_RECORD_TYPE))$/,
  ],
  [
    "client-certificate",
    /^ERR_SSL_.*(?:CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_CERTIFICATE_UNKNOWN)$/,
  ],
  ["handshake", /^ERR_SSL_.*(?:HANDSHAKE_FAILURE|PROTOCOL|CIPHER|INSUFFICIENT_SECURITY)/],
  [
    "untrusted",
    /^(?:CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_|PATH_LENGTH_|ERROR_IN_|HOSTNAME_MISMATCH|ERR_TLS_|ERR_OSSL_|ERR_SSL_.*(?:CERT|KEY_TOO_SMALL))/,
  ],
  ["timeout", /TIMEDOUT|TIMEOUT/],
  // undici asserts of answers what a server can break: a status below 100, one that changes protocols unasked.
  ["malformed", /^(?:UND_ERR_RES_|ERR_ASSERTION$)/],
];

/** Codes of wrong calls: our bugs, not the network's. */
const ownFaults =
  /^(?:ABORT_ERR$|ERR_(?!SSL|TLS|OSSL|STREAM|SOCKET|ASSERTION)|UND_ERR_(?:INVALID|NOT_SUPPORTED|REQ_|ABORTED|DESTROYED))/;

/** undici has no code for a proxy that says no. */
const proxyRefusal = /^Proxy (?:response|Authentication Required|Connection)|^Secure Proxy/i;

/** Sorts an error of the transport, or undefined for one that is not of the network. */
export function classifyNetworkError(error: unknown): NetworkFailure | undefined {
  if (error instanceof AirgapError) return undefined;
  for (const candidate of causesOf(error)) {
    const code = codeOf(candidate);
    if (code !== undefined && proxyRefusal.test(candidate.message)) {
      return { kind: "proxy", code, message: candidate.message };
    }
    if (code === undefined || ownFaults.test(code)) continue;
    const kind = kinds.find(([, pattern]) => pattern.test(code))?.[0] ?? "broken";
    const message = code === "ERR_ASSERTION" ? "its answer makes no sense" : candidate.message;
    return { kind, code, message, ...namesOf(candidate) };
  }
  return undefined;
}

/** The innermost cause first: it says what happened, the outer ones that something did. */
function causesOf(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return [...inner.flatMap(causesOf), error];
}

function codeOf(error: Error): string | undefined {
  // undici's parser gives no code for an answer that is not HTTP.
  return systemCode(error) ?? (error.name === "HTTPParserError" ? error.name : undefined);
}

/** Node puts the certificate beside the error that it was for another name. */
function namesOf(error: Error): Pick<NetworkFailure, "names"> {
  const cert: unknown = "cert" in error ? error.cert : undefined;
  if (typeof cert !== "object" || cert === null || !("subjectaltname" in cert)) return {};
  return typeof cert.subjectaltname === "string" ? { names: cert.subjectaltname } : {};
}
