import type { Store } from "../../content/repository.ts";
import { createRegistryStore } from "../../registry/registry-store.ts";
import { readCredentials } from "./read-credentials.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { readVersion } from "../version.ts";

/** Opens the registry; the password is read here. */
export async function openRegistryStore(
  host: string,
  flags: RegistryFlags,
  terminal: Terminal,
  onNotice: (text: string) => void,
  onOrigin?: (origin: URL) => void,
): Promise<Store> {
  const { plainHttp, tlsNoVerify, insecure, caFile, concurrency, limitRate, registriesYaml } = flags;
  if ((flags.cert === undefined) !== (flags.key === undefined))
    throw usageError("Cannot sign in: --cert and --key go together");
  return createRegistryStore({
    host,
    credentials: await readCredentials(flags, terminal),
    authFile: flags.authfile,
    plainHttp,
    tlsNoVerify,
    insecure,
    caFile,
    certFile: flags.cert,
    keyFile: flags.key,
    registriesYaml,
    concurrency,
    limitRate,
    commitTimeout: flags.commitTimeout * 1000,
    onNotice,
    onOrigin,
    userAgent: `airgap-load/${readVersion()}`,
    env: terminal.env,
    signal: terminal.signal,
  });
}
