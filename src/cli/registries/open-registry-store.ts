import type { ManagedStore } from "../../content/repository.ts";
import { createRegistryStore, type RegistryStoreOptions } from "../../registry/registry-store.ts";
import { readCredentials } from "./read-credentials.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { readVersion } from "../version.ts";
import type { OnNotice } from "../../content/notice.ts";

/** A registry's options, and which side of a command it is on. */
export type SideFlags = RegistryFlags & Pick<RegistryStoreOptions, "readOnly" | "optionPrefix">;

/** Opens the registry; the password is read here. */
export async function openRegistryStore(
  host: string,
  flags: SideFlags,
  terminal: Terminal,
  onNotice: OnNotice,
): Promise<ManagedStore> {
  return createRegistryStore({
    host,
    ...(await readRegistryOptions(flags, terminal)),
    readOnly: flags.readOnly,
    optionPrefix: flags.optionPrefix,
    ...surroundingsOf(terminal),
    onNotice,
    signal: terminal.signal,
  });
}

/** How to reach a registry and sign in to it, as the options say; the password is read here. */
export async function readRegistryOptions(
  flags: RegistryFlags,
  terminal: Terminal,
): Promise<Omit<RegistryStoreOptions, "host">> {
  const { plainHttp, tlsNoVerify, insecure, caFile, concurrency, limitRate, registriesYaml } = flags;
  if ((flags.cert === undefined) !== (flags.key === undefined)) {
    throw usageError("Cannot sign in: --cert and --key go together");
  }
  return {
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
    createProjects: flags.createProjects,
  };
}

/** What a store has of this process. */
export function surroundingsOf({ env }: Terminal): Pick<RegistryStoreOptions, "env" | "userAgent"> {
  return { env, userAgent: `airgap-load/${readVersion()}` };
}
