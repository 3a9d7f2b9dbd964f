/** Bytes of a tar header, and of every block of a tar. */
export const blockSize = 512;

const checksumStart = 148;
const checksumEnd = 156;

/** What a tar header's checksum field must say: the sum of its bytes, the field itself taken as spaces (POSIX.1, pax, ustar). */
function tarChecksum(block: Uint8Array): { readonly unsigned: number; readonly signed: number } {
  let unsigned = (checksumEnd - checksumStart) * 0x20;
  let negative = 0;
  for (let i = 0; i < blockSize; i++) {
    if (i === checksumStart) i = checksumEnd;
    const byte = block[i] ?? 0;
    unsigned += byte;
    negative += byte >> 7;
  }
  return { unsigned, signed: unsigned - negative * 0x100 };
}

/** What its checksum field says, or undefined where that is not an octal number. */
function statedTarChecksum(block: Uint8Array): number | undefined {
  const text = String.fromCharCode(...block.subarray(checksumStart, checksumEnd)).replace(
    /^[\0 ]+|[\0 ]+$/g,
    "",
  );
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** Whether 512 bytes are a tar header by their checksum; old implementations summed signed bytes. */
export function hasTarChecksum(block: Uint8Array): boolean {
  const stated = statedTarChecksum(block);
  if (stated === undefined) return false;
  const { unsigned, signed } = tarChecksum(block);
  return stated === unsigned || stated === signed;
}
