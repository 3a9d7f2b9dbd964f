import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readSince } from "../../../src/cli/files/read-since.ts";
import { readTrust } from "../../../src/cli/files/read-trust.ts";
import { readCertsDirectory } from "../../../src/registry/tls/certs-directory.ts";
import { readPem } from "../../../src/registry/tls/read-pem.ts";
import { formatInventory } from "../../../src/transfer/counted/inventory.ts";
import { makeSigstore } from "../../helpers/archives/made-sigstore.ts";
import { createFakeTerminal } from "../../helpers/processes/fake-terminal.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const certificates = resolve(import.meta.dirname, "../../registry/certificates");

/** How PowerShell and editors of Windows write a text. */
describe.each([
  ["UTF-8 with a byte order mark", (text: string) => Buffer.from(`\u{feff}${text}`)],
  ["UTF-16 with one", (text: string) => Buffer.from(`\u{feff}${text}`, "utf16le")],
] as const)("a file in %s is read", (_encoding, encode) => {
  async function writeEncoded(text: string, name = "file"): Promise<string> {
    const path = join(await makeTempFolder(), name);
    await writeFile(path, encode(text));
    return path;
  }

  test("as a certificate", async () => {
    const ca = await readFile(join(certificates, "ca.pem"), "utf8");
    expect(await readPem(await writeEncoded(ca), "certificate")).toBe(ca);
  });

  test("as a certificate of docker's folder for a host", async () => {
    const ca = await readFile(join(certificates, "ca.pem"), "utf8");
    const folder = join(await makeTempFolder(), "certs.d");
    await mkdir(folder);
    await writeFile(join(folder, "ca.crt"), encode(ca));
    expect(await readCertsDirectory(folder, () => undefined)).toEqual({ authorities: [ca] });
  });

  test("as a signature policy", async () => {
    const policy = await writeEncoded('{"default":[{"type":"reject"}]}');
    expect(await readTrust({ signaturePolicy: policy })).toBeDefined();
  });

  test("as a trusted root", async () => {
    const { root } = await makeSigstore();
    const trust = await readTrust({
      trustedRoot: await writeEncoded(root),
      certificateIdentity: "ci@example.test",
      certificateOidcIssuer: "https://example.test",
    });
    expect(trust).toBeDefined();
  });

  test("as an inventory", async () => {
    const path = await writeEncoded(formatInventory({ names: new Map(), layers: [] }), "site.inv");
    expect(await readSince([path], createFakeTerminal())).toBeDefined();
  });
});
