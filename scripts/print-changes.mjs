// Prints what CHANGELOG.md says of the version in package.json; fails where it says nothing. usage: node scripts/print-changes.mjs
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const { version } = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8"));
const sections = readFileSync(resolve(root, "CHANGELOG.md"), "utf8").split(/^## /m);
const section = sections.find((text) => text.split(/[\s,]/)[0] === version);
if (section === undefined) throw new Error(`CHANGELOG.md says nothing of ${version}`);
process.stdout.write(`${section.slice(section.indexOf("\n")).trim()}\n`);
