// Bundles the program for Node: in one piece it starts in less than half the time of its modules one by one (docs/decisions.md).
// The library stays as the compiler writes it. usage: npm run build
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundle } from "./bundle.mjs";
import { formatNotices } from "./executables/format-notices.mjs";
import { listPackages } from "./executables/list-packages.mjs";

const root = resolve(import.meta.dirname, "..");
const out = join(root, "dist", "program");
rmSync(out, { recursive: true, force: true });
const metafile = await bundle({
  // A worker's file is found beside the code that starts it.
  entryPoints: [join(root, "dist/cli/main.js"), join(root, "dist/archive/scan/scan-worker.js")],
  entryNames: "[name]",
  outdir: out,
  // A command loads its own parts only.
  splitting: true,
  format: "esm",
  target: "node20",
  legalComments: "none",
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
});
writeFileSync(join(out, "THIRD-PARTY-NOTICES.txt"), formatNotices(listPackages([metafile], root)));
