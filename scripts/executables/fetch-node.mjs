import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The Node that executables are made of, from its npm packages, by version and by the hash of the package: no registry, cache or
 * proxy can put another one in its place. A new version is entered with `npm view node-linux-ARCH@VERSION dist.integrity`.
 */
export const pinnedNode = {
  // The newest one that the npm packages of both architectures carry; the asset and blob formats belong to its line.
  version: "24.21.0",
  integrity: {
    x64: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
    arm64: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  },
};

/** Fetches the package of an architecture into a folder, checks and unpacks it; gives where it is. Runs nothing of it. */
export function fetchNode(arch, folder) {
  const spec = `node-linux-${arch}@${pinnedNode.version}`;
  mkdirSync(folder, { recursive: true });
  const packed = execFileSync(
    "npm",
    ["pack", spec, "--ignore-scripts", "--silent", "--pack-destination", folder],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  const file = join(folder, packed.trim().split("\n").at(-1));
  checkIntegrity(readFileSync(file), pinnedNode.integrity[arch], spec);
  execFileSync("tar", ["-xzf", file, "-C", folder]);
  return join(folder, "package");
}

/** Throws where bytes do not have the hash that is promised of them, in npm's form. */
function checkIntegrity(bytes, promised, what) {
  const [algorithm] = String(promised).split("-", 1);
  const found = `${algorithm}-${createHash(algorithm).update(bytes).digest("base64")}`;
  if (found === promised) return;
  throw new Error(
    `Cannot use ${what}: want ${promised}, got ${found}. Look at the registry that npm is set to.`,
  );
}
