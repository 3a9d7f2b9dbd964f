// Breaks a copy of the built program in ways that faults and fuzzing are there for, and fails where they do not notice: what
// judges is judged. usage: npm run mutants
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const fuzz = ["scripts/fuzz.mjs", "--seconds", "40", "--seed", "1"];
const faults = ["scripts/faults.mjs", "--rounds", "0", "--kills", "0", "--seed", "1"];

const mutants = [
  {
    what: "a load that publishes nothing and reports success",
    file: "dist/transfer/load/load.js",
    from: /(export async function load\((\w+)\) \{)/,
    to: "$1 $2 = { ...$2, dryRun: true };",
    judge: faults,
  },
  {
    what: "a decoder that flips a byte",
    file: "dist/stream/decoded-bytes.js",
    from: /async read\((\w*)\) \{/,
    to: "async read($1) { const bytes = await this.readRight($1); if (bytes?.length > 700) bytes[699] ^= 1; return bytes; }\n    async readRight($1) {",
    judge: fuzz,
  },
  {
    what: "a printable() that passes everything",
    file: "dist/oci/printable.js",
    from: /(function escapeCharacter\((\w+)[^)]*\) \{)/,
    to: "$1 return $2;",
    judge: fuzz,
  },
];

const missed = mutants.filter((mutant) => !isCaught(mutant)).map(({ what }) => what);
for (const what of missed) console.error(`not caught: ${what}`);
process.exitCode = missed.length === 0 ? 0 : 1;

function isCaught({ what, file, from, to, judge }) {
  const copy = mkdtempSync(join(tmpdir(), "airgap-load-mutant-"));
  try {
    for (const name of ["dist", "scripts", "bin", "package.json"]) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    for (const name of ["samples", "node_modules"]) symlinkSync(join(root, name), join(copy, name));
    const right = readFileSync(join(copy, file), "utf8");
    const wrong = right.replace(from, to);
    if (wrong === right) throw new Error(`Cannot break ${file}: ${from} is not in it`);
    writeFileSync(join(copy, file), wrong);
    const { status, stdout, stderr } = spawnSync(process.execPath, judge, { cwd: copy, encoding: "utf8" });
    const [told = ""] = /^(?:FAILED|try \d+ ).*/m.exec(`${stdout}\n${stderr}`) ?? [];
    const caught = status === 1 && told !== "";
    console.log(
      `${caught ? "caught" : "NOT CAUGHT"}  ${what}${told ? `: ${told.slice(0, 150)}` : `\n${stderr}`}`,
    );
    return caught;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
