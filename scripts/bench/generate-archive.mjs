import { createHash } from "node:crypto";

const chunkSize = 1 << 20;
const octalLimit = 8 * 2 ** 30;

/**
 * Yields the bytes of a docker-save archive of generated amd64 images, each of `layers` layers of `layerSize` bytes that
 * are all different. `content` is `mixed`, which gzip brings to about half, or `zeros`. Sizes that are too large for
 * octal digits are written as `sizes` says: `pax` or `base-256`.
 */
export async function* generateArchive({ images, layers, layerSize, content = "mixed", sizes = "pax" }) {
  const manifest = [];
  for (let image = 0; image < images; image += 1) {
    const diffIDs = [];
    const paths = [];
    for (let layer = 0; layer < layers; layer += 1) {
      const path = `${sha256(`${image} ${layer}`)}/layer.tar`;
      const hash = createHash("sha256");
      yield tarHeader(path, layerSize, sizes);
      for (const chunk of layerChunks(`${image}-${layer}`, layerSize, content, sizes)) {
        hash.update(chunk);
        yield chunk;
      }
      yield padding(layerSize);
      diffIDs.push(`sha256:${hash.digest("hex")}`);
      paths.push(path);
    }
    const config = configOf(diffIDs);
    yield* smallFile(`${sha256(config)}.json`, config);
    manifest.push({ Config: `${sha256(config)}.json`, RepoTags: [`acme/image-${image}:1`], Layers: paths });
  }
  yield* smallFile("manifest.json", JSON.stringify(manifest));
  yield Buffer.alloc(1024);
}

/** A tar of one file, of exactly `size` bytes. */
function* layerChunks(name, size, content, sizes) {
  const overhead = tarHeader(name, size, sizes).length + 1024;
  const fileSize = Math.floor((size - overhead) / 512) * 512;
  yield tarHeader(name, fileSize, sizes);
  const chunk = Buffer.alloc(chunkSize);
  if (content === "mixed") fillMixed(chunk, name);
  for (let done = 0; done < fileSize; done += chunkSize) {
    if (content === "mixed") chunk.writeDoubleLE(done, 0);
    yield chunk.subarray(0, Math.min(chunkSize, fileSize - done));
  }
  yield Buffer.alloc(size - overhead - fileSize + 1024);
}

/** Every other 64 bytes are noise, from a generator of its own so that a run can be repeated. */
function fillMixed(chunk, seed) {
  let state = createHash("sha256").update(seed).digest().readUInt32LE() | 1;
  for (let at = 0; at < chunk.length; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    chunk.writeInt32LE(at & 64 ? state : 0x20746120, at);
  }
}

function configOf(diffIDs) {
  return JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: diffIDs },
  });
}

function* smallFile(name, text) {
  const bytes = Buffer.from(text);
  yield tarHeader(name, bytes.length);
  yield bytes;
  yield padding(bytes.length);
}

/** A header as ustar has it, with a PAX record or a base-256 field where the size needs it (pax(1), GNU tar's manual). */
function tarHeader(name, size, sizes) {
  if (size < octalLimit) return header(name, "0", (field) => field.write(size.toString(8).padStart(11, "0")));
  if (sizes === "base-256") {
    return header(name, "0", (field) => {
      field[0] = 0x80;
      field.writeBigUInt64BE(BigInt(size), 4);
    });
  }
  const record = Buffer.from(paxRecord("size", String(size)));
  const extended = header("PaxHeaders/size", "x", (field) =>
    field.write(record.length.toString(8).padStart(11, "0")),
  );
  const zero = header(name, "0", (field) => field.write("0".repeat(11)));
  return Buffer.concat([extended, record, padding(record.length), zero]);
}

function header(name, type, writeSize) {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write("0000644\u00000000000\u00000000000\u0000", 100);
  writeSize(block.subarray(124, 136));
  block.write("00000000000\u0000        ", 136);
  block.write(type, 156);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148);
  return block;
}

function paxRecord(key, value) {
  const rest = ` ${key}=${value}\n`;
  const length = rest.length + String(rest.length + 2).length;
  return `${length}${rest}`;
}

function padding(size) {
  return Buffer.alloc((512 - (size % 512)) % 512);
}

function sha256(text) {
  return createHash("sha256").update(text).digest("hex");
}
