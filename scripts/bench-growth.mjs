// Shows that time grows in a line and memory does not grow with an archive's images, with its size, and beyond 4 GiB and
// 8 GiB, where sizes no longer fit in octal digits. The archives are generated; the registry is an empty docker-registry.
// Beside a `.tar.gz` is the least work that any tool must do for it (bench-floor.mjs).
// usage: node scripts/bench-growth.mjs [--images 8,80,800] [--gigabytes 0.3,1,3] [--entry 9, or "" for none]
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { formatTable } from "./bench/format-table.mjs";
import { generateArchive } from "./bench/generate-archive.mjs";
import { measureProcess } from "./bench/measure-process.mjs";
import { startRegistry } from "./bench/start-registry.mjs";

const { values: options } = parseArgs({
  options: {
    images: { type: "string", default: "8,80,800" },
    gigabytes: { type: "string", default: "0.3,1,3" },
    entry: { type: "string", default: "9" },
  },
});
const program = fileURLToPath(new URL("../bin/airgap-load.js", import.meta.url));
const zeros = Buffer.alloc(1 << 20);
const floor = fileURLToPath(new URL("bench-floor.mjs", import.meta.url));
const huge = { images: 1, layers: 1, layerSize: Number(options.entry) * 1e9, content: "zeros" };
const cases = [
  ...numbers(options.images).map((images) => ({
    title: `${images} images, \`.tar.gz\``,
    archive: { images, layers: 2, layerSize: 256 << 10 },
    write: writeGzip,
  })),
  ...[writeGzip, writeSparse].flatMap((write) =>
    numbers(options.gigabytes).map((gigabytes) => ({
      title: `${gigabytes} GB of layers, \`${write === writeGzip ? ".tar.gz" : ".tar"}\``,
      archive: { images: 1, layers: 8, layerSize: Math.round((gigabytes * 1e9) / 8) },
      write,
    })),
  ),
  ...(options.entry === "" ? [] : hugeCases()),
];

const rows = [];
for (const one of cases) {
  console.error(one.title);
  rows.push(await measureCase(one));
}
const head = ["", "layers MB", "wall s", "x floor", "MB/s", "CPU s", "memory MB", "temp disk MB"];
console.log(formatTable(head, rows));

function hugeCases() {
  return [
    ...["pax", "base-256"].flatMap((sizes) => [
      {
        title: `a layer of ${options.entry} GB, ${sizes} size, \`.tar\``,
        archive: { ...huge, sizes },
        write: writeSparse,
      },
      {
        title: `a layer of ${options.entry} GB, ${sizes} size, \`.tar.gz\``,
        archive: { ...huge, sizes },
        write: writeGzip,
      },
    ]),
    { title: `a layer of ${options.entry} GB, standard input`, archive: huge },
  ];
}

async function measureCase({ title, archive, write }) {
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-growth-"));
  const tempDir = join(folder, "temp");
  await mkdir(tempDir);
  const registry = await startRegistry();
  try {
    const file = join(folder, "archive");
    await write?.(file, archive);
    const args = [program, "--registry", registry.host, "--temp-dir", tempDir, "--amd64", write ? file : "-"];
    const input = write ? undefined : generateArchive(archive);
    const isGzip = write === writeGzip;
    const least = isGzip && (await measureProcess(process.execPath, [floor, registry.host, file]));
    const env = { HOME: folder };
    const measured = await measureProcess(process.execPath, args, { tempDir, env, input });
    const bytes = archive.images * archive.layers * archive.layerSize;
    return [
      title,
      megabytes(bytes),
      measured.seconds.toFixed(2),
      least ? (measured.seconds / least.seconds).toFixed(2) : "",
      (bytes / 1e6 / measured.seconds).toFixed(0),
      measured.cpuSeconds.toFixed(2),
      megabytes(measured.memory),
      megabytes(measured.tempDisk),
    ];
  } finally {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function writeGzip(file, archive) {
  return pipeline(generateArchive(archive), createGzip({ level: 1 }), createWriteStream(file));
}

/** Leaves holes where there are only zeros, so that a file of 9 GB takes a few blocks of disk. */
async function writeSparse(file, archive) {
  const handle = await open(file, "w");
  let position = 0;
  for await (const chunk of generateArchive(archive)) {
    if (!chunk.equals(zeros.subarray(0, chunk.length))) await handle.write(chunk, 0, chunk.length, position);
    position += chunk.length;
  }
  await handle.truncate(position);
  await handle.close();
}

function numbers(text) {
  return text.split(",").map(Number);
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}
