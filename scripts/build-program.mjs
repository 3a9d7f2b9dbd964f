// Bundles the program for Node: in one piece it starts in less than half the time of its modules one by one (docs/decisions.md).
// The library stays as the compiler writes it. usage: npm run build
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { formatNotices } from "./executables/format-notices.mjs";
import { listPackages } from "./executables/list-packages.mjs";

const root = resolve(import.meta.dirname, "..");
const out = join(root, "dist", "program");
rmSync(out, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  metafile: true,
  // A worker's file is found beside the code that starts it.
  entryPoints: [join(root, "dist/cli/main.js"), join(root, "dist/archive/scan/scan-worker.js")],
  entryNames: "[name]",
  outdir: out,
  bundle: true,
  // A command loads its own parts only.
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // jsonc-parser's CommonJS form hides its parts from bundlers.
  mainFields: ["module", "main"],
  legalComments: "none",
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
});
writeFileSync(join(out, "THIRD-PARTY-NOTICES.txt"), formatNotices(listPackages([metafile], root)));
