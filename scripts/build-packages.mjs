// Builds .deb and .rpm packages for amd64 and arm64 out of the executables, with nfpm (go install
// github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.0): the program, its manual page, completions, licences and SBOM, and the unit
// of `serve`, which is not enabled. The same executables give the same bytes.
// usage: npm run build:packages [-- --executables DIR --out DIR --arch amd64,arm64 --format deb,rpm --version V --nfpm PATH]
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { describePackage } from "./packages/describe-package.mjs";

const root = resolve(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    executables: { type: "string", default: join(root, "executables") },
    out: { type: "string", default: join(root, "executables") },
    arch: { type: "string", default: "amd64,arm64" },
    format: { type: "string", default: "deb,rpm" },
    version: {
      type: "string",
      default: JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version,
    },
    nfpm: { type: "string", default: "nfpm" },
  },
});
const work = mkdtempSync(join(tmpdir(), "airgap-load-packages-"));
try {
  mkdirSync(values.out, { recursive: true });
  const made = makeFiles();
  for (const arch of values.arch.split(",")) {
    for (const format of values.format.split(",")) buildPackage(arch, format, made);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** What the program says of itself; gives the files' paths. */
function makeFiles() {
  const manual = join(work, "airgap-load.1.gz");
  writeFileSync(manual, gzipSync(readFileSync(join(root, "man", "airgap-load.1")), { level: 9 }));
  const completions = Object.fromEntries(
    ["bash", "zsh", "fish"].map((shell) => {
      const path = join(work, `completion.${shell}`);
      const program = join(root, "bin", "airgap-load.js");
      writeFileSync(path, execFileSync(process.execPath, [program, "completion", shell]));
      return [shell, path];
    }),
  );
  return { manual, completions };
}

function buildPackage(arch, format, made) {
  const { version, executables } = values;
  const config = join(work, `${arch}-${format}.json`);
  const target = join(values.out, `airgap-load_${version}_${arch}.${format}`);
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify(describePackage({ root, executables, version, arch, format, ...made })),
  );
  execFileSync(values.nfpm, ["package", "--config", config, "--packager", format, "--target", target], {
    env: { ...process.env, SOURCE_DATE_EPOCH: "0" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  console.log(target);
}
