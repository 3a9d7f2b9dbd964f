// Builds the image of airgap-load for linux/amd64 and linux/arm64 out of the executables and a few pinned Debian packages:
// airgap-load-image.tar with both for registries, containerd and podman, and one archive an architecture for docker load.
// Needs dpkg-deb and apt-get. usage: npm run build:image [-- --executables DIR --out DIR --arch amd64,arm64 --newest | --update-lock]
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { downloadPackages, findNewest } from "./image/debian-packages.mjs";
import { describePackages } from "./image/describe-packages.mjs";
import { buildImage } from "./image/build-image.mjs";
import { libraryEntries, programEntries } from "./image/image-files.mjs";
import { writeArchive } from "./image/write-archive.mjs";

const root = resolve(import.meta.dirname, "..");
const lockFile = join(import.meta.dirname, "image", "debian-packages.lock.json");
const { values } = parseArgs({
  options: {
    executables: { type: "string", default: join(root, "executables") },
    out: { type: "string", default: join(root, "executables") },
    arch: { type: "string", default: "amd64,arm64" },
    // What the mirror has now, where the pinned versions are gone; the lock file stays as it is.
    newest: { type: "boolean", default: false },
    "update-lock": { type: "boolean", default: false },
  },
});
const architectures = values.arch.split(",");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const work = mkdtempSync(join(tmpdir(), "airgap-load-image-"));
try {
  if (values["update-lock"]) updateLock();
  else await build(values.newest ? newest() : JSON.parse(readFileSync(lockFile, "utf8")));
} finally {
  rmSync(work, { recursive: true, force: true });
}

function newest() {
  return Object.fromEntries(architectures.map((arch) => [arch, findNewest(arch, work)]));
}

function updateLock() {
  writeFileSync(lockFile, `${JSON.stringify(newest(), undefined, 2)}\n`);
}

async function build(lock) {
  mkdirSync(values.out, { recursive: true });
  const images = [];
  for (const arch of architectures) {
    const packages = downloadPackages(arch, lock[arch], work);
    const layers = [
      await libraryEntries(packages),
      programEntries(join(values.executables, `airgap-load-linux-${arch === "amd64" ? "x64" : arch}`)),
    ];
    images.push(await buildImage({ arch, version, layers, work }));
  }
  for (const image of images) await tell(`airgap-load-image-${image.platform.architecture}.tar`, [image]);
  if (images.length > 1) await tell("airgap-load-image.tar", images);
  writeFileSync(join(values.out, "airgap-load-image.cdx.json"), describePackages(values.executables, lock));
}

async function tell(name, images) {
  const { size, sha256 } = await writeArchive(join(values.out, name), images, version);
  console.log(`${name}  ${(size / 1e6).toFixed(1)} MB  sha256 ${sha256}`);
}
