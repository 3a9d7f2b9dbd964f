import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The executables' SBOM with Debian's packages of the lock file beside what it names already. */
export function describePackages(executables, lock) {
  const sbom = JSON.parse(readFileSync(join(executables, "airgap-load.cdx.json"), "utf8"));
  const components = Object.entries(lock).flatMap(([arch, packages]) =>
    packages.map(({ name, version, sha256 }) => {
      const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}&distro=debian-12`;
      return {
        type: "library",
        "bom-ref": purl,
        name,
        version,
        purl,
        hashes: [{ alg: "SHA-256", content: sha256 }],
      };
    }),
  );
  return `${JSON.stringify({ ...sbom, components: [...sbom.components, ...components] }, undefined, 2)}\n`;
}
