/** A small generator with a seed (mulberry32), so that every try can be run again. */
export function createRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, chance: (share) => next() < share, pick: (items) => items[below(items.length)] };
}

/** The bytes with one to four things wrong with them; `tar` tells that they are a tar, which is then damaged where it hurts. */
export function mutate(bytes, random, tar) {
  let mutated = bytes;
  const mutations = tar ? [...anyBytes, ...tarHeaders, ...tarHeaders, ...texts, ...texts] : anyBytes;
  for (let count = 1 + random.below(4); count > 0 && mutated.length > 0; count--) {
    mutated = random.pick(mutations)(Buffer.from(mutated), random);
  }
  return mutated;
}

const anyBytes = [
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => bytes.subarray(0, 512 * random.below(bytes.length / 512)),
  (bytes, random) => edit(bytes, (at) => (bytes[at] ^= 1 << random.below(8)), random.below(bytes.length)),
  (bytes, random) =>
    edit(bytes, (at) => (bytes[at] = random.pick([0, 0x20, 0x7f, 0xff])), random.below(bytes.length)),
  (bytes, random) => splice(bytes, random, Buffer.alloc(0)),
  (bytes, random) => splice(bytes, random, Buffer.alloc(random.below(2048))),
  (bytes, random) => splice(bytes, random, Buffer.from(range(bytes, random))),
  (bytes, random) => Buffer.concat([bytes, range(bytes, random)]),
  (bytes, random) => Buffer.concat([range(bytes, random), bytes]),
];

/** Entries' headers with a lie in them; the checksum is put right most of the time. */
const tarHeaders = [
  (bytes, random) =>
    editHeader(bytes, random, (header) => header.write(random.pick(oddSizes), 124, 12, "latin1")),
  (bytes, random) =>
    editHeader(bytes, random, (header) => header.write(random.pick("01235gxKLSDVM\0\xff"), 156, 1, "latin1")),
  (bytes, random) =>
    editHeader(bytes, random, (header) => header.write(`${random.pick(oddNames)}\0`, 0, 100)),
  (bytes, random) =>
    editHeader(bytes, random, (header) => header.write(`${random.pick(oddNames)}\0`, 157, 100)),
  (bytes, random) => editHeader(bytes, random, (header) => (header[random.below(512)] = random.below(256))),
  (bytes, random) => {
    const [from, to] = [headerAt(bytes, random), headerAt(bytes, random)];
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, from + 512), bytes.subarray(to)]);
  },
];

const oddSizes = [
  "00000000000",
  "77777777777",
  "-0000000001",
  "00000001000",
  "           ",
  "99999999999",
  "\x80\0\0\0\0\0\0\0\0\0\0\x01",
  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
];
const oddNames = [
  "manifest.json",
  "./manifest.json",
  "index.json",
  "../../etc/passwd",
  "/etc/passwd",
  "__proto__",
  "",
  "a\x1b[2J",
  "repositories",
  "a/../../b",
  ".",
  "oci-layout",
  "\xff\xfe",
];

/** Metadata is text that stands in a tar as it is. */
const texts = [
  (bytes, random) =>
    replaceText(
      bytes,
      random,
      random.pick(['"', "{", "}", "[", "]", ":", ","]),
      random.pick(["", " ", "\0", '"', "[[[[", "null"]),
    ),
  (bytes, random) =>
    replaceText(bytes, random, "sha256:", random.pick(["sha512:", "sha256:../", "md5:", ""])),
  (bytes, random) =>
    replaceText(
      bytes,
      random,
      random.pick([
        "Config",
        "Layers",
        "RepoTags",
        "manifests",
        "config",
        "layers",
        "rootfs",
        "diff_ids",
        "size",
        "digest",
        "mediaType",
        "architecture",
      ]),
      random.pick(["config", "Layers", "x", "__proto__", "manifests"]),
    ),
  (bytes, random) =>
    replaceText(
      bytes,
      random,
      random.pick(["amd64", "arm64", "linux", "rancher/", ".json", "layer.tar"]),
      random.pick(["", "\\u001b[31m", "../", "\\ud800", "x".repeat(300), "{}"]),
    ),
  (bytes, random) =>
    replaceText(
      bytes,
      random,
      '":"',
      random.pick(['":null,"x":"', '":1,"x":"', '":[],"x":"', '":{},"x":"', `":${"[".repeat(5000)}`]),
    ),
];

function edit(bytes, change, at) {
  change(at);
  return bytes;
}

function splice(bytes, random, inserted) {
  const from = random.below(bytes.length);
  const to = Math.min(bytes.length, from + (random.chance(0.5) ? random.below(2048) : 0));
  return Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(to)]);
}

function range(bytes, random) {
  const from = random.below(bytes.length);
  return bytes.subarray(from, from + random.below(4096));
}

function headerAt(bytes, random) {
  const found = bytes.indexOf("ustar", random.below(bytes.length), "latin1");
  return Math.max(0, (found === -1 ? bytes.indexOf("ustar", 0, "latin1") : found) - 257);
}

function editHeader(bytes, random, change) {
  const header = bytes.subarray(headerAt(bytes, random)).subarray(0, 512);
  if (header.length < 512) return bytes;
  change(header);
  if (random.chance(0.1)) return bytes;
  header.write(" ".repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

/** Replaces one occurrence and keeps the length where it can, since the entry's size says where the next one starts. */
function replaceText(bytes, random, from, to) {
  const start = random.below(bytes.length);
  const at = [bytes.indexOf(from, start, "latin1"), bytes.indexOf(from, 0, "latin1")].find(
    (found) => found !== -1,
  );
  if (at === undefined) return bytes;
  const entryEnd = Math.ceil(at / 512) * 512;
  const tail = bytes.subarray(at + from.length, Math.max(entryEnd, at + from.length));
  const replaced = Buffer.concat([Buffer.from(to, "latin1"), tail]).subarray(0, from.length + tail.length);
  bytes.set(replaced, at);
  return bytes;
}
