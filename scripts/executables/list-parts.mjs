import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How upstream calls what `process.versions` has under another name. */
const names = { ares: "c-ares", uv: "libuv", cjs_module_lexer: "cjs-module-lexer" };
/** Interfaces and data formats, which are no software of others. */
const interfaces = new Set(["node", "modules", "napi"]);

/** What Node itself is made of, by its own word: V8, OpenSSL, zlib, llhttp, undici, brotli, zstd and others. */
export function listNodeParts(program) {
  const versions = JSON.parse(
    execFileSync(program, ["-p", "JSON.stringify(process.versions)"], { encoding: "utf8", env: {} }),
  );
  return Object.entries(versions)
    .filter(([name, version]) => version && !interfaces.has(name))
    .map(([name, version]) => ({ name: names[name] ?? name, version }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** C code that npm packages bring along as WebAssembly, by the package; versions as the packages tell them. */
export function listPackageParts({ name, version }, root) {
  if (name === "zstddec") {
    const readme = readFileSync(join(root, "node_modules/zstddec/README.md"), "utf8");
    const [, zstd] = /zstd v(\d+\.\d+\.\d+)/.exec(readme) ?? [];
    if (!zstd) throw new Error(`Cannot tell which zstd is in zstddec ${version}: its README does not say`);
    return [{ name: "zstd", version: zstd }];
  }
  // It is not versioned upstream: the package's version stands for the commit that it was built from.
  if (name === "xz-decompress") {
    return [{ name: "xz-embedded", version: `bundled-with-xz-decompress-${version}` }];
  }
  return [];
}
