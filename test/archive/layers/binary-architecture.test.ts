import { expect, test } from "vitest";
import { elfArchitecture, peArchitecture } from "../../../src/archive/layers/binary-architecture.ts";
import { type ElfFields, elfHead, type PeFields, peHead } from "../../helpers/archives/binary-heads.ts";

test.each<[string | undefined, ElfFields]>([
  ["amd64", { machine: 62 }],
  ["amd64", { machine: 62, bits: 32 }],
  ["amd64", { machine: 62, type: 3 }],
  ["386", { machine: 3, bits: 32 }],
  ["arm64", { machine: 183 }],
  ["arm", { machine: 40, bits: 32 }],
  ["armbe", { machine: 40, bits: 32, bigEndian: true }],
  ["ppc64le", { machine: 21 }],
  ["ppc64", { machine: 21, bigEndian: true }],
  ["s390x", { machine: 22, bigEndian: true }],
  ["s390", { machine: 22, bits: 32, bigEndian: true }],
  ["riscv64", { machine: 243 }],
  ["riscv", { machine: 243, bits: 32 }],
  ["loong64", { machine: 258 }],
  ["mipsle", { machine: 8, bits: 32 }],
  ["mips64", { machine: 8, bigEndian: true }],
  [undefined, { machine: 9999 }],
  [undefined, { machine: 62, type: 1 }],
])("tells %s from the ELF header %j", (architecture, fields) => {
  expect(elfArchitecture(elfHead(fields))).toBe(architecture);
});

test.each<[string | undefined, PeFields]>([
  ["amd64", { machine: 0x8664 }],
  ["arm64", { machine: 0xaa64 }],
  ["arm", { machine: 0x1c4, bits: 32 }],
  ["386", { machine: 0x14c, bits: 32 }],
  [undefined, { machine: 0x14c, bits: 32, isAssembly: true }],
  [undefined, { machine: 0x8664, isAssembly: true }],
  [undefined, { machine: 1 }],
])("tells %s from the PE header %j", (architecture, fields) => {
  expect(peArchitecture(peHead(fields))).toBe(architecture);
});

test("a head that breaks off says nothing", () => {
  const elf = elfHead({ machine: 62 });
  const pe = peHead({ machine: 0x8664 });

  for (let length = 0; length < 20; length++) {
    expect(elfArchitecture(elf.subarray(0, length))).toBeUndefined();
  }
  for (let length = 0; length < 0x80 + 26; length++) {
    expect(peArchitecture(pe.subarray(0, length))).toBeUndefined();
  }
});
