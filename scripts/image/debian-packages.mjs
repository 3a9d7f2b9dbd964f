import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the executable is linked with, the certificates that it trusts, and the licence of GCC's libraries. */
const names = ["ca-certificates", "gcc-12-base", "libc6", "libgcc-s1", "libstdc++6"];

/** The versions of {@link names} that the mirror has for an architecture, with the sha256 of their files. */
export function findNewest(arch, work) {
  const lines = apt(arch, work, "download", "--print-uris", ...names).split("\n");
  return lines
    .flatMap((line) => {
      const [, name, version, sha256] =
        / ([^ _]+)_([^_]+)_\w+\.deb \d+ SHA256:([0-9a-f]{64})/.exec(line) ?? [];
      return name ? [{ name, version: version.replaceAll("%3a", ":"), sha256 }] : [];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Downloads packages into a folder of `work`; gives each with the path of its file. Throws where one is not what it should be. */
export function downloadPackages(arch, packages, work) {
  const folder = join(work, arch);
  apt(arch, work, "download", ...packages.map(({ name, version }) => `${name}=${version}`));
  return packages.map((wanted) => {
    const file = readdirSync(folder).find((each) => each.startsWith(`${wanted.name}_`));
    const path = join(folder, file);
    const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
    if (sha256 !== wanted.sha256) {
      throw new Error(`${file} for ${arch} has sha256 ${sha256}, the lock file says ${wanted.sha256}`);
    }
    return { ...wanted, path };
  });
}

/** apt-get as a machine of that architecture, with lists of its own, so that the host's configuration stays as it is. */
function apt(arch, work, ...args) {
  const state = join(work, `apt-${arch}`);
  const cwd = join(work, arch);
  const settings = [
    `APT::Architecture=${arch}`,
    `APT::Architectures=${arch}`,
    `Dir::State::lists=${join(state, "lists")}`,
    `Dir::Cache=${join(state, "cache")}`,
    "APT::Sandbox::User=root",
    "Dir::State::status=/dev/null",
  ].flatMap((setting) => ["-o", setting]);
  const run = (folder, ...words) =>
    execFileSync("apt-get", ["-q", ...settings, ...words], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  if (mkdirSync(join(state, "lists", "partial"), { recursive: true })) {
    mkdirSync(join(state, "cache", "archives", "partial"), { recursive: true });
    run(work, "update");
  }
  mkdirSync(cwd, { recursive: true });
  return run(cwd, ...args);
}
