const machines = new Map([
  [0x03, "386"],
  [0x28, "arm"],
  [0x3e, "amd64"],
  [0xb7, "arm64"],
]);

/** The architecture that an ELF file's `e_machine` names (ELF specification, figure 1-3), or undefined for other files. */
export function elfMachine(file: Buffer): string | undefined {
  if (file.length < 20 || file.readUInt32BE(0) !== 0x7f454c46) return undefined;
  return machines.get(file.readUInt16LE(18)) ?? `machine ${file.readUInt16LE(18)}`;
}
