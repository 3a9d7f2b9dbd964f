import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The npm packages that bundles are made of, by esbuild's metafiles: name, version, licence with its text, and the
 * integrity that package-lock.json promises. Sorted by name.
 */
export function listPackages(metafiles, root) {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const paths = new Set(
    inputs.flatMap((input) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  );
  const packages = [...paths].map((path) =>
    readPackage(path.slice(path.indexOf("node_modules/")), root, lock),
  );
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readPackage(path, root, lock) {
  const folder = join(root, path);
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { name, version, license, text: readLicence(folder), integrity: lock[path]?.integrity };
}

/** A package's licence and notice files in one text; empty where it has none. */
export function readLicence(folder) {
  const names = readdirSync(folder).filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name));
  return names.map((name) => readFileSync(join(folder, name), "utf8").trim()).join("\n\n");
}
