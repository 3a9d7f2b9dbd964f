const maxBlockSize = 128 * 1024;

/** A zstd frame of raw blocks, without checksum and without its content's size (RFC 8878, 3.1.1). */
export function zstdFrame(content: Buffer, windowLog = 20): Buffer {
  const blocks: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3])];
  for (let at = 0; at === 0 || at < content.length; at += maxBlockSize) {
    const block = content.subarray(at, at + maxBlockSize);
    const isLast = at + maxBlockSize >= content.length;
    blocks.push(blockHeader(block.length, 0, isLast), block);
  }
  return Buffer.concat(blocks);
}

/** A frame whose content is one byte, many times: the smallest bomb. */
export function zstdBomb(blocks: number): Buffer {
  const block = Buffer.concat([blockHeader(maxBlockSize, 1, false), Buffer.alloc(1)]);
  const head = zstdFrame(Buffer.alloc(0)).subarray(0, 6);
  return Buffer.concat([head, ...Array.from({ length: blocks }, () => block), blockHeader(0, 0, true)]);
}

/** A frame that decoders step over. */
export function zstdSkippableFrame(content: Buffer): Buffer {
  const head = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
}

/** How many frames, skippable ones left out, a zstd file is made of. */
export function countZstdFrames(file: Buffer): number {
  let frames = 0;
  for (let at = 0; at < file.length; frames += 1) at = endOfFrame(file, at);
  return frames;
}

function endOfFrame(file: Buffer, start: number): number {
  const flags = file[start + 4] ?? 0;
  const isSingle = (flags & 0x20) > 0;
  const sizeBytes = flags >> 6 === 0 ? Number(isSingle) : 1 << (flags >> 6);
  let at = start + 5 + Number(!isSingle) + [0, 1, 2, 4][flags & 3]! + sizeBytes;
  for (let isLast = false; !isLast;) {
    const header = file.readUIntLE(at, 3);
    isLast = (header & 1) === 1;
    const isRun = ((header >> 1) & 3) === 1;
    at += 3 + (isRun ? 1 : header >> 3);
  }
  return at + (flags & 4 ? 4 : 0);
}

function blockHeader(size: number, type: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE(size * 8 + type * 2 + Number(isLast), 0, 3);
  return header;
}
