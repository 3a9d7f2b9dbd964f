import { resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");

/** Bundles compiled code for Node with all that it needs; gives esbuild's account of what went in. */
export async function bundle(options) {
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    bundle: true,
    platform: "node",
    // jsonc-parser's CommonJS form hides its parts from bundlers.
    mainFields: ["module", "main"],
    logLevel: "warning",
    ...options,
  });
  return metafile;
}
