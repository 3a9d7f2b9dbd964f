// Breaks a copy of the built program in ways that faults and fuzzing are there for, and fails where they do not notice: what
// judges is judged. The program as it is has to pass, or whoever notices everything would do. usage: npm run mutants
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const fuzz = ["scripts/fuzz.mjs", "--seconds", "40", "--seed", "1"];
const faults = ["scripts/faults.mjs", "--rounds", "0", "--kills", "0", "--seed", "1"];

const faultsOfServe = [...faults, "--registry", "serve"];

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
  {
    what: "a load that drops what a list in the registry has besides",
    file: "dist/transfer/load/merge-list.js",
    from: /if \(!existing \|\| mode === "replace"\)/,
    to: "if (true)",
    judge: faults,
  },
  {
    what: "a serve that keeps other bytes than it has acknowledged",
    file: "dist/storage/directory/directory-upload.js",
    from: /await writer\.write\((\w+)\);/,
    to: "await writer.write($1.length > 5000 ? $1.map((byte, at) => (at === 5000 ? byte ^ 1 : byte)) : $1);",
    judge: faultsOfServe,
  },
];

const judges = [...new Set(mutants.map(({ judge }) => judge))];
const wrongly = judges.filter((judge) => isCaught({ what: `the program as it is, by ${judge[0]}`, judge }));
for (const [judge] of wrongly) console.error(`finds fault with the program as it is: ${judge}`);
const missed = mutants.filter((mutant) => !isCaught(mutant)).map(({ what }) => what);
for (const what of missed) console.error(`not caught: ${what}`);
process.exitCode = wrongly.length + missed.length === 0 ? 0 : 1;

function isCaught({ what, file, from, to, judge }) {
  const copy = mkdtempSync(join(tmpdir(), "airgap-load-mutant-"));
  try {
    for (const name of ["dist", "scripts", "bin", "package.json", "package-lock.json"]) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    for (const name of ["samples", "node_modules"]) symlinkSync(join(root, name), join(copy, name));
    if (file) breakFile(copy, file, from, to);
    const { status, stdout, stderr } = spawnSync(process.execPath, judge, { cwd: copy, encoding: "utf8" });
    const [told = ""] = /^(?:FAILED|try \d+ ).*/m.exec(`${stdout}\n${stderr}`) ?? [];
    const caught = status === 1 && told !== "";
    console.log(`${caught ? "caught" : "passed"}  ${what}${told ? `: ${told.slice(0, 150)}` : ""}`);
    if (status !== 0 && !caught) throw new Error(`${judge.join(" ")} ended with ${status}: ${stderr}`);
    return caught;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function breakFile(copy, file, from, to) {
  const right = readFileSync(join(copy, file), "utf8");
  const wrong = right.replace(from, to);
  if (wrong === right) throw new Error(`Cannot break ${file}: ${from} is not in it`);
  writeFileSync(join(copy, file), wrong);
  // What is started as a program is bundled.
  execFileSync(process.execPath, ["scripts/build-program.mjs"], { cwd: copy });
}
