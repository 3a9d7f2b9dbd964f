import { readFileSync } from "node:fs";
import { getAsset, isSea } from "node:sea";

/** The package's manifest, as a single executable carries it: there is no file beside it (decision 23). */
const packageAsset = "package.json";

/** The version of this program, from its package.json. */
export function readVersion(): string {
  const text = isSea()
    ? getAsset(packageAsset, "utf8")
    : readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
