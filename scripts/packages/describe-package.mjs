import { join } from "node:path";

const epoch = "1970-01-01T00:00:00Z";

/** nfpm's description of one package (nfpm.goreleaser.com/configuration). */
export function describePackage({ root, executables, version, arch, format, manual, completions }) {
  return {
    name: "airgap-load",
    arch,
    platform: "linux",
    version,
    mtime: epoch,
    maintainer: "The airgap-load maintainers <maintainers@airgap-load.invalid>",
    description:
      "Loads container image archives into a registry\nOffline and without a docker daemon: one multi-arch image per name.",
    section: "admin",
    license: "Apache-2.0",
    depends:
      format === "deb"
        ? ["libc6 (>= 2.28)", "libgcc-s1", "libstdc++6 (>= 9)"]
        : ["glibc >= 2.28", "libstdc++ >= 8"],
    recommends: ["ca-certificates"],
    scripts: {
      postinstall: join(root, "scripts/packages/postinstall.sh"),
      preremove: join(root, "scripts/packages/preremove.sh"),
    },
    rpm: {
      buildhost: "localhost",
      group: "Applications/System",
      summary: "Loads container image archives into a registry",
    },
    contents: listContents({ root, executables, arch, format, manual, completions }),
  };
}

function listContents({ root, executables, arch, format, manual, completions }) {
  const samples = join(root, "samples/systemd");
  const docs = "/usr/share/doc/airgap-load";
  const zsh = format === "deb" ? "vendor-completions" : "site-functions";
  const files = [
    [join(samples, "airgap-load.service"), "/usr/lib/systemd/system/airgap-load.service"],
    [join(samples, "airgap-load.sysusers.conf"), "/usr/lib/sysusers.d/airgap-load.conf"],
    [manual, "/usr/share/man/man1/airgap-load.1.gz"],
    [completions.bash, "/usr/share/bash-completion/completions/airgap-load"],
    [completions.zsh, `/usr/share/zsh/${zsh}/_airgap-load`],
    [completions.fish, "/usr/share/fish/vendor_completions.d/airgap-load.fish"],
    [join(root, "LICENSE"), `${docs}/copyright`],
    [join(root, "CHANGELOG.md"), `${docs}/CHANGELOG.md`],
    [join(executables, "THIRD-PARTY-NOTICES.txt"), `${docs}/THIRD-PARTY-NOTICES.txt`],
    [join(executables, "airgap-load.cdx.json"), `${docs}/airgap-load.cdx.json`],
  ];
  const program = join(executables, `airgap-load-linux-${arch === "amd64" ? "x64" : arch}`);
  return [
    entry(program, "/usr/bin/airgap-load", 0o755),
    ...files.map(([src, dst]) => entry(src, dst, 0o644)),
    { ...entry(join(samples, "serve.conf"), "/etc/airgap-load/serve.conf", 0o644), type: "config|noreplace" },
  ];
}

function entry(src, dst, mode) {
  return { src, dst, file_info: { mode, owner: "root", group: "root", mtime: epoch } };
}
