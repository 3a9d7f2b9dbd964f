import { AirgapError } from "../../oci/airgap-error.ts";
import type { Clock } from "../http/clock.ts";
import { networkError } from "../http/network-error.ts";
import { requestWithRetries } from "../http/retry.ts";
import type { TokenExchange } from "./token-request.ts";
import type { RegistryResponse, Transport } from "../http/transport.ts";

export interface TokenExchangeOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly signal?: AbortSignal | undefined;
}

const timeout = 60_000;
const attempts = 5;

/** Speaks to the token servers that a registry names, with retries; an unreachable one is told apart from the registry. */
export function createTokenExchange(origin: URL, options: TokenExchangeOptions): TokenExchange {
  const { transport, clock, signal, userAgent } = options;
  return async (request) => {
    const headers = { ...request.headers, "user-agent": userAgent };
    const send = (): Promise<RegistryResponse> => transport.request({ ...request, headers, timeout, signal });
    const contacted = request.url.origin === origin.origin;
    try {
      return await requestWithRetries(send, { attempts, clock, signal, contacted });
    } catch (error) {
      signal?.throwIfAborted();
      throw tokenServerError(origin, request.url, error);
    }
  };
}

function tokenServerError(origin: URL, realm: URL, error: unknown): unknown {
  const reason = networkError(`sign in to "${origin.host}"`, realm, error, true);
  if (!(reason instanceof AirgapError)) return reason;
  if (reason.code === "REGISTRY_SPEAKS_HTTP") {
    return new AirgapError(reason.code, `${reason.message} ("${origin.host}" names it as its token server)`, {
      exit: reason.exit,
      hint: `Have the registry name http://${realm.host} as its token server, or https enabled there: no option changes what it names.`,
      cause: error,
    });
  }
  if (realm.host === origin.host) return reason;
  return new AirgapError(reason.code, `${reason.message} ("${origin.host}" names it as its token server)`, {
    exit: reason.exit,
    hint: `Check the external address that the registry is configured with (ROOT_URL, external_url). ${reason.hint ?? ""} If the token server wants a client certificate, put NAME.cert and NAME.key into /etc/docker/certs.d/${realm.host}/.`,
    cause: error,
  });
}
