import { join } from "node:path";
import { ScanCache } from "../../archive/scan/scan-cache.ts";
import { readVersion } from "../version.ts";

export interface CacheFlags {
  /** False for `--no-cache`. */
  readonly cache?: boolean;
  readonly cacheDir?: string;
}

/** Where scans are remembered: the option's folder, or the variable's, else the user's cache folder, where there is one. */
export function cacheFolder({ cache, cacheDir }: CacheFlags, env: NodeJS.ProcessEnv): string | undefined {
  const isOff = !/^(?:|0|no|off|false)$/i.test(env["AIRGAP_LOAD_NO_CACHE"] ?? "");
  if (cache === false || isOff) return undefined;
  const chosen = cacheDir ?? env["AIRGAP_LOAD_CACHE_DIR"];
  if (chosen) return chosen;
  const base = env["XDG_CACHE_HOME"] || (env["HOME"] ? join(env["HOME"], ".cache") : undefined);
  return base === undefined ? undefined : join(base, "airgap-load", "scans");
}

export function openScanCache(folder: string): ScanCache {
  return new ScanCache(folder, readVersion());
}
