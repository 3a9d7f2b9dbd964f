import { decodeText } from "../content/decode-text.ts";
import { describeFileError } from "../content/file-error.ts";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { AirgapError } from "../oci/airgap-error.ts";
import { DirectoryStorage } from "../storage/directory/directory-storage.ts";
import type { AccessHook } from "./http/access-log.ts";
import { parseListenAddress } from "./http/listen-address.ts";
import { PasswordFile } from "./auth/password-file.ts";
import { type RegistryServer, startRegistryServer } from "./registry-server.ts";
import { WantedList } from "./wanted/wanted-list.ts";
import type { OnNotice } from "../content/notice.ts";

/** What `airgap-load serve` is told, as it stands on the command line. */
export interface ServeOptions {
  readonly data: string;
  /** Default `127.0.0.1:5000`. */
  readonly listen?: string;
  /** Paths of PEM files. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly htpasswd?: string;
  readonly allowAnonymousPull?: boolean;
  readonly readOnly?: boolean;
  readonly plainHttp?: boolean;
  /** Names of a proxy or of `/etc/hosts` under which a registry on loopback is reached. */
  readonly allowedHost?: readonly string[];
  /** A file to keep a list in of what was asked for and is not there. */
  readonly wanted?: string;
  readonly onAccess?: AccessHook;
  readonly onFailure?: (error: unknown) => void;
  /** Told of what is in the folder and is not served. */
  readonly onNotice?: OnNotice;
}

/** Serves a directory as a registry until it is stopped; stopping closes the directory as well. */
export async function serve(options: ServeOptions): Promise<RegistryServer> {
  const { listen = "127.0.0.1:5000", htpasswd, readOnly = false } = options;
  const address = parseListenAddress(listen);
  const tls = await readTls(options);
  const passwords = htpasswd === undefined ? undefined : await PasswordFile.open(htpasswd);
  const wanted = options.wanted === undefined ? undefined : await WantedList.open(options.wanted);
  const storage = await DirectoryStorage.open(options.data, {
    readOnly,
    ...(options.onNotice ? { onNotice: options.onNotice } : {}),
  });
  try {
    const server = await startRegistryServer({
      storage,
      listen: address,
      plainHttp: options.plainHttp ?? false,
      anonymousPull: options.allowAnonymousPull ?? false,
      readOnly,
      allowedHosts: options.allowedHost ?? [],
      ...(tls ? { tls } : {}),
      ...(passwords ? { passwords } : {}),
      ...(wanted ? { wanted } : {}),
      ...(options.onAccess ? { onAccess: options.onAccess } : {}),
      ...(options.onFailure ? { onFailure: options.onFailure } : {}),
    });
    const stop = async (patience?: number): Promise<void> => {
      await server.stop(patience);
      try {
        await wanted?.[Symbol.asyncDispose]();
      } finally {
        await storage[Symbol.asyncDispose]();
      }
    };
    return { ...server, stop };
  } catch (error) {
    await storage[Symbol.asyncDispose]();
    throw error;
  }
}

async function readTls({
  tlsCert,
  tlsKey,
}: ServeOptions): Promise<{ cert: string; key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new AirgapError("USAGE", "Cannot serve with TLS: --tls-cert and --tls-key go together", {
      exit: "usage",
    });
  }
  const [cert, key] = await Promise.all([readPem(tlsCert, "--tls-cert"), readPem(tlsKey, "--tls-key")]);
  checkPair(cert, key, tlsCert);
  return { cert, key };
}

function checkPair(cert: string, key: string, path: string): void {
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AirgapError("TLS_FILE_INVALID", `Cannot use --tls-cert "${path}" with its key: ${detail}`, {
      exit: "configuration",
      hint: "Both are PEM files; the certificate comes first in its file, then those that signed it.",
      cause,
    });
  }
}

async function readPem(path: string, option: string): Promise<string> {
  try {
    return decodeText(await readFile(path));
  } catch (cause) {
    const detail = describeFileError(cause);
    throw new AirgapError("TLS_FILE_INVALID", `Cannot read ${option} "${path}": ${detail}`, {
      exit: "configuration",
      cause,
    });
  }
}
