// Measures the splicer alone on one thread: every entry of the given .tar.gz files is cut out as a gzip blob of its own.
// Prints megabytes of uncompressed bytes per second, medians. usage: node scripts/bench-splicer.mjs [--runs 5] FILE...
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { GzipSplicer } from "../dist/deflate/splice/gzip-splicer.js";
import { inflateFrom } from "../dist/deflate/splice/inflate-from.js";
import { replayBlob } from "../dist/deflate/splice/replay-blob.js";
import { formatTable } from "./bench/format-table.mjs";

const { values, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "5" } },
});
const runs = Number(values.runs);
if (paths.length === 0) throw new Error("usage: node scripts/bench-splicer.mjs [--runs 5] FILE...");

const cases = [
  ["splice, CRC-32, SHA-256 of both sides", () => scanAll({ isSplicing: true, isHashing: true })],
  ["inflate, CRC-32, SHA-256", () => scanAll({ isSplicing: false, isHashing: true })],
  ["inflate, CRC-32", () => scanAll({ isSplicing: false, isHashing: false })],
  ["replay the blobs", replayAll],
  ["inflate again from checkpoints", inflateAll],
];
const scanned = paths.map((path) => scan(path, { isSplicing: true, isHashing: true }));
const rows = [];
for (const [title, measure] of cases) {
  const measured = [];
  for (let run = 0; run < runs; run += 1) measured.push(await timed(measure));
  rows.push([title, rate(measured, "seconds"), rate(measured, "cpuSeconds")]);
}
console.log(`${cpus().length} x ${cpus()[0].model}, Node ${process.version}, ${paths.join(" ")}\n`);
console.log(formatTable(["MB of uncompressed bytes", "per second", "per CPU second"], rows));
const count = scanned.flatMap(({ entries }) => entries).length;
const notes = sum(
  scanned.flatMap(({ entries }) => entries),
  ({ blob }) => blob.replay.literals.length + blob.replay.operations.length,
);
console.log(`\n${count} blobs, ${notes} bytes to replay them by`);

async function timed(measure) {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const bytes = await measure();
  const { user, system } = process.cpuUsage(cpu);
  return { bytes, seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

function rate(measured, unit) {
  const rates = measured.map((one) => one.bytes / 1e6 / one[unit]).sort((a, b) => a - b);
  return rates[rates.length >>> 1].toFixed(0);
}

function scanAll(how) {
  return sum(paths, (path) => scan(path, how).size);
}

/** Reads a tar whose entries all have octal sizes, as the corpus has them. */
function scan(path, { isSplicing, isHashing }) {
  const file = openSync(path, "r");
  const splicer = new GzipSplicer();
  const read = createReader(splicer, file);
  const entries = [];
  for (let header = readHeader(read); header; header = readHeader(read)) {
    const size = Number.parseInt(header.toString("latin1", 124, 135), 8) || 0;
    const checkpoint = splicer.checkpoint();
    const hash = createHash("sha256");
    if (isSplicing) splicer.beginBlob(size);
    readExactly(read, size, (bytes) => isHashing && hash.update(bytes));
    if (isSplicing) entries.push({ path, size, checkpoint, blob: splicer.endBlob() });
    hash.digest();
    readExactly(read, -size & 511, () => {});
  }
  closeSync(file);
  return { size: splicer.position, entries };
}

function createReader(splicer, file) {
  const buffer = new Uint8Array(1024 * 1024);
  return (limit) => {
    for (;;) {
      const bytes = splicer.read(limit);
      if (bytes !== "input") return bytes;
      const count = readSync(file, buffer);
      if (count === 0) splicer.end();
      else splicer.feed(buffer.subarray(0, count));
    }
  };
}

function readHeader(read) {
  const parts = [];
  for (let left = 512; left > 0;) {
    const bytes = read(left);
    if (bytes === "end") return undefined;
    parts.push(Buffer.from(bytes));
    left -= bytes.length;
  }
  return Buffer.concat(parts);
}

function readExactly(read, size, onBytes) {
  for (let left = size; left > 0;) {
    const bytes = read(left);
    onBytes(bytes);
    left -= bytes.length;
  }
}

async function replayAll() {
  for (const { path, blob } of scanned.flatMap(({ entries }) => entries)) {
    for await (const _ of replayBlob(path, blob.replay));
  }
  return sum(scanned, ({ size }) => size);
}

async function inflateAll() {
  for (const { path, checkpoint, size } of scanned.flatMap(({ entries }) => entries)) {
    for await (const _ of inflateFrom(path, checkpoint, size));
  }
  return sum(scanned, ({ size }) => size);
}

function sum(list, value) {
  return list.reduce((total, one) => total + value(one), 0);
}
