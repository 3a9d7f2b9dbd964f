// Runs tries of fuzz.mjs, one after the other, and tells each on standard output as a line of JSON. Ends after so many that
// what leaks would show. usage: try-archives.mjs SEED (END | once)
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { createArchiveSource } from "../../dist/archive/archive-source.js";
import { ScannedAgain } from "../../dist/archive/index/scanned-again.js";
import { openArchive } from "../../dist/archive/open-archive.js";
import { scanArchive } from "../../dist/archive/scan/scan-archive.js";
import { Spool } from "../../dist/archive/spool/spool.js";
import { AirgapError } from "../../dist/oci/airgap-error.js";
import { createRandom, mutate } from "./mutate.mjs";

const maxTries = 500;
const zstdMagic = 0xfd2fb528;
/** The program's own 60 MB, and what an archive of 5 MB may come to in a heap that is not collected at once. */
const maxMemory = 700e6;
const contentExits = new Set([64, 65, 66]);

const [first, end] = [Number(process.argv[2]), process.argv[3]];
const samples = new URL("../../samples/", import.meta.url);
const expected = JSON.parse(await readFile(new URL("expected.json", samples), "utf8"));
const bases = await readBases();
const folder = await mkdtemp(join(tmpdir(), "airgap-load-fuzz-"));
let seed = first;
try {
  // What is not damaged is read as it is: a program that refuses everything, or gives other bytes than there are, is caught.
  for (const base of bases) if (expected[base.name]) await readWhole(base);
  await tellSafely();
  for (; seed < first + maxTries; seed++) {
    tell("begun", seed);
    tell("done", seed, await tryArchive(seed));
    if (end === "once" || Date.now() > Number(end)) break;
  }
} catch (error) {
  tell("failed", seed, error.message);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function tell(kind, seed, outcome) {
  process.stdout.write(`${JSON.stringify([kind, seed, outcome])}\n`);
}

/** Every sample, and every archive among the bundles, as it is, and as a plain tar where it can be had. */
async function readBases() {
  const root = fileURLToPath(samples);
  const names = (await readdir(root, { recursive: true }))
    .filter((name) => /\.tar(?:\.|$)/.test(name))
    .sort();
  const files = await Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(join(root, name)) })),
  );
  const bundles = await Promise.all(
    files.filter(({ name }) => name.startsWith("bundles/")).map(({ bytes }) => listArchives(bytes)),
  );
  const all = [...files, ...bundles.flat()];
  const tars = all.flatMap(({ bytes }) => toTar(bytes) ?? []);
  return [
    ...all.map((file) => ({ ...file, tar: false })),
    ...[...tars, ...tars].map((bytes) => ({ bytes, tar: true })),
  ];
}

/** The archives that are entries of a gzipped tar: one of each kind of bundle. */
async function listArchives(gzip) {
  const found = [];
  const entries = Readable.from([gunzipSync(gzip)]).pipe(extract());
  for await (const entry of entries) {
    const bytes = await buffer(entry);
    if (toTar(bytes) || (bytes.length > 4 && bytes.readUInt32LE(0) === zstdMagic)) found.push({ bytes });
  }
  return found;
}

function toTar(bytes) {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes);
  return bytes.subarray(257, 262).toString() === "ustar" ? bytes : undefined;
}

/** Gives a word for what came of it; throws where that is not as it must be. */
async function tryArchive(seed) {
  const random = createRandom(seed);
  const base = random.pick(bases);
  const mutated = mutate(base.bytes, random, base.tar);
  const bytes = base.tar && random.chance(0.3) ? gzipSync(mutated, { level: 1 }) : mutated;
  const tempDir = await mkdtemp(join(folder, "temp-"));
  const path = join(folder, "images.tar");
  await writeFile(path, bytes);
  const input = random.chance(0.5) ? { path } : { stdin: Readable.from([bytes]) };
  const options = {
    tempDir,
    layerCompression: random.pick(["gzip", "none"]),
    allowForeign: random.chance(0.5),
  };
  const outcome = await attempt(random.chance(0.1) ? openArchive : openHere, input, options);
  if (base.tar && random.chance(0.2)) await compareCompressed(mutated);
  const left = await readdir(tempDir);
  if (left.length) throw new Error(`left ${left.join(", ")} behind after ${outcome}`);
  const { rss } = process.memoryUsage();
  if (rss > maxMemory) throw new Error(`made the process grow to ${Math.round(rss / 1e6)} MB`);
  await rm(tempDir, { recursive: true });
  return outcome;
}

/** Reads a sample, and compares its images with what another program has found in it. */
async function readWhole({ bytes, name }) {
  const found = await describe(bytes);
  // Some samples are damaged, which is for the tests to look at.
  const isDamaged = name.includes("flipped");
  const wanted = expected[name].map(({ config, diffIDs }) => [config, ...diffIDs].join(" ")).sort();
  const isRight = isDamaged ? typeof found === "string" : String(found) === String(wanted);
  if (!isRight) throw new Error(`took ${name} for ${String(found)} instead of ${String(wanted)}`);
}

/** An image whose config has an escape sequence for a name is told without it. */
async function tellSafely() {
  const key = '"Config":"';
  const { bytes } = bases.find((base) => base.tar && base.bytes.includes(key));
  const odd = Buffer.from(bytes);
  odd.write("\\u001b", odd.indexOf(key) + key.length);
  const found = await describe(odd);
  if (typeof found !== "string") throw new Error(`took an image without its config for ${String(found)}`);
}

/** A damaged tar is the same whatever it is compressed with. */
async function compareCompressed(tar) {
  const [plain, gzip] = [await describe(tar), await describe(gzipSync(tar, { level: 1 }))];
  if (String(plain) !== String(gzip)) {
    throw new Error(`took a tar for ${String(plain)}, and compressed for ${String(gzip)}`);
  }
}

/** An archive's images by config and diffIDs, in order; or the code of the error. */
async function describe(bytes) {
  const path = join(folder, "described.tar");
  await writeFile(path, bytes);
  const tempDir = await mkdtemp(join(folder, "temp-"));
  try {
    const options = { tempDir, layerCompression: "none", allowForeign: false };
    const source = await openHere({ path }, options);
    const { images, faults } = source;
    await source[Symbol.asyncDispose]();
    if (faults.length) return judgeError(faults[0].error);
    return images
      .map(({ config, layers }) => [config.digest, ...layers.map(({ diffID }) => diffID)].join(" "))
      .sort();
  } catch (error) {
    return judgeError(error);
  } finally {
    await rm(tempDir, { recursive: true, force: true });
  }
}

/** As openArchive does, without the thread: starting one takes longer than all the rest. */
async function openHere(input, options) {
  const title = "images.tar";
  const spool = new Spool(options.tempDir);
  const from = "path" in input ? input : { chunks: input.stdin };
  try {
    const index = await scanArchive(from, { ...options, title, spoolDirectory: spool.directory });
    // Nothing of it comes from an earlier run.
    const bytes = new ScannedAgain(async () => index);
    return await createArchiveSource(index, { ...options, title, spool, bytes });
  } catch (error) {
    await spool[Symbol.asyncDispose]();
    throw error;
  }
}

async function attempt(open, input, options) {
  let source;
  try {
    source = await open(input, options);
  } catch (error) {
    return judgeError(error);
  }
  try {
    for (const { error } of source.faults) judgeError(error);
    await checkBlobs(source);
  } catch (error) {
    // A layer that a difference leaves out is missed when it is opened.
    if (error instanceof AirgapError) return judgeError(error);
    throw error;
  } finally {
    await source[Symbol.asyncDispose]();
  }
  return "read";
}

function judgeError(error) {
  if (!(error instanceof AirgapError)) throw new Error(`was met with a bug: ${error.stack}`);
  if (!contentExits.has(error.exitCode)) {
    throw new Error(`ended with exit ${error.exitCode}: ${error.message}`);
  }
  if (/[\p{Cc}\p{Cf}]/u.test(error.message)) {
    throw new Error(`put control characters into ${JSON.stringify(error.message)}`);
  }
  return error.code;
}

async function checkBlobs({ images, artifacts }) {
  const indexes = images.flatMap(({ index }) => index?.attestations ?? []);
  for (const { blobs } of [...artifacts, ...indexes]) {
    for (const { descriptor, open } of blobs) await checkBlob(open, descriptor);
  }
  for (const { blob } of images.flatMap(({ layers }) => layers)) {
    const form = await blob?.();
    if (form) await checkBlob(form.open, form);
  }
}

async function checkBlob(open, { digest, size }) {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of open()) {
    hash.update(chunk);
    length += chunk.length;
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest || length !== size) {
    throw new Error(`gave ${length} bytes of ${found}, told ${size} of ${digest}`);
  }
}
