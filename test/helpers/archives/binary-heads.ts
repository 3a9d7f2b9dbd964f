export interface ElfFields {
  readonly machine: number;
  readonly bits?: 32 | 64;
  readonly bigEndian?: boolean;
  /** 2 is an executable, 3 a shared object, 1 an object file. */
  readonly type?: number;
}

/** The first 64 bytes of an ELF file. */
export function elfHead({ machine, bits = 64, bigEndian = false, type = 2 }: ElfFields): Buffer {
  const head = Buffer.alloc(64);
  head.write("\u{7f}ELF", "latin1");
  head[4] = bits === 32 ? 1 : 2;
  head[5] = bigEndian ? 2 : 1;
  if (bigEndian) {
    head.writeUInt16BE(type, 16);
    head.writeUInt16BE(machine, 18);
  } else {
    head.writeUInt16LE(type, 16);
    head.writeUInt16LE(machine, 18);
  }
  return head;
}

export interface PeFields {
  readonly machine: number;
  readonly bits?: 32 | 64;
  /** Whether it holds code for the .NET runtime. */
  readonly isAssembly?: boolean;
}

/** The first kilobyte of a PE file. */
export function peHead({ machine, bits = 64, isAssembly = false }: PeFields): Buffer {
  const head = Buffer.alloc(1024);
  head.write("MZ");
  head.writeUInt32LE(0x80, 60);
  head.write("PE\0\0", 0x80);
  head.writeUInt16LE(machine, 0x84);
  head.writeUInt16LE(bits === 64 ? 0x20b : 0x10b, 0x98);
  if (isAssembly) head.writeUInt32LE(0x2008, 0x98 + (bits === 64 ? 224 : 208));
  return head;
}
