/** As much of a file's start as {@link peArchitecture} can need; ELF needs 20 bytes. */
export const binaryHeadSize = 1024;

interface ElfMachine {
  readonly little?: string;
  readonly big?: string;
  /** Where the 32-bit class means another architecture. */
  readonly little32?: string;
  readonly big32?: string;
}

/** ELF `e_machine` in Go's words; x32 is amd64's, n32 is mips64's. */
const elfMachines = new Map<number, ElfMachine>([
  [3, { little: "386" }],
  [8, { little: "mips64le", big: "mips64", little32: "mipsle", big32: "mips" }],
  [20, { big: "ppc" }],
  [21, { little: "ppc64le", big: "ppc64" }],
  [22, { big: "s390x", big32: "s390" }],
  [40, { little: "arm", big: "armbe" }],
  [43, { big: "sparc64" }],
  [62, { little: "amd64" }],
  [183, { little: "arm64", big: "arm64be" }],
  [243, { little: "riscv64", little32: "riscv" }],
  [258, { little: "loong64" }],
]);

const executable = 2;
const sharedObject = 3;

/**
 * The architecture that an ELF executable or shared object is for, from its first 20 bytes (gabi, elf header).
 * Undefined for all else: object files and firmware are cargo, not what the image runs.
 */
export function elfArchitecture(head: Uint8Array): string | undefined {
  if (head.length < 20 || !startsWith(head, 0, [0x7f, 0x45, 0x4c, 0x46])) return undefined;
  const view = viewOf(head);
  const is32 = view.getUint8(4) === 1;
  const isLittle = view.getUint8(5) === 1;
  const type = view.getUint16(16, isLittle);
  if (type !== executable && type !== sharedObject) return undefined;
  const machine = elfMachines.get(view.getUint16(18, isLittle));
  if (isLittle) return (is32 ? machine?.little32 : undefined) ?? machine?.little;
  return (is32 ? machine?.big32 : undefined) ?? machine?.big;
}

/** PE machine types in Go's words (PE format, machine types). */
const peMachines = new Map([
  [0x014c, "386"],
  [0x8664, "amd64"],
  [0x01c0, "arm"],
  [0x01c4, "arm"],
  [0xaa64, "arm64"],
  [0x5064, "riscv64"],
  [0x6264, "loong64"],
]);

/**
 * The architecture that a Windows program or library is for, from its first kilobyte (PE format). Undefined for all
 * else, and for .NET assemblies, which say 386 where they mean any.
 */
export function peArchitecture(head: Uint8Array): string | undefined {
  if (head.length < 64 || !startsWith(head, 0, [0x4d, 0x5a])) return undefined;
  const view = viewOf(head);
  const at = view.getUint32(60, true);
  if (at + 26 > head.length || !startsWith(head, at, [0x50, 0x45, 0, 0])) return undefined;
  const isPlus = view.getUint16(at + 24, true) === 0x20b;
  const runtimeDirectory = at + (isPlus ? 248 : 232);
  if (runtimeDirectory + 4 <= head.length && view.getUint32(runtimeDirectory, true) !== 0) return undefined;
  return peMachines.get(view.getUint16(at + 4, true));
}

function startsWith(bytes: Uint8Array, at: number, wanted: readonly number[]): boolean {
  return wanted.every((byte, i) => bytes[at + i] === byte);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
