import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { samplePath } from "../../helpers/archives/samples.ts";
import { type CliResult, runCli } from "../../helpers/processes/run-cli.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const archive = samplePath("signed/simple.tar");
/** Written by Debian's signify-openbsd -S -e: the signature stands in front of the sums. */
const sums = samplePath("signed/signify/SHA256.sig");
const key = ["--checksums-key", samplePath("signed/signify/site.pub")];

async function copy(from: string, ...args: readonly string[]): Promise<CliResult> {
  return runCli(["copy", ...args, from, `oci:${await makeTempFolder()}:a/b:1`]);
}

describe("copy --checksums", () => {
  test("copies an archive that signed sums name", async () => {
    expect(await copy(`docker-archive:${archive}:1.0`, "--checksums", sums, ...key)).toMatchObject({
      code: 0,
    });
    expect(await copy(`oci-archive:${archive}:1.0`, "--checksums", sums, ...key)).toMatchObject({ code: 0 });
  });

  test.each([
    ["another sum", "9282c35d", "9282c35e", "SIGNATURE_INVALID"],
    ["a changed signature", "Weuao", "Weuap", "SIGNATURE_INVALID"],
    ["no signature", /^untrusted.*\n.*\n/, "", "SIGNATURE_MISSING"],
  ])("refuses sums with %s", async (_, from, to, code) => {
    const path = join(await makeTempFolder(), "SHA256");
    await writeFile(path, (await readFile(sums, "utf8")).replace(from, to));
    const { code: exit, stderr } = await copy(`docker-archive:${archive}:1.0`, "--checksums", path, ...key);
    expect([exit, stderr]).toEqual([65, expect.stringContaining(`[${code}]`)]);
  });

  test("refuses an archive that is another one, or that nobody names", async () => {
    const path = join(await makeTempFolder(), "SHA256");
    await writeFile(path, `${"0".repeat(64)}  simple.tar\n`);
    const other = await copy(`docker-archive:${archive}:1.0`, "--checksums", path);
    expect(other).toMatchObject({
      code: 65,
      stderr: expect.stringContaining("[CHECKSUM_MISMATCH]") as string,
    });
    const unnamed = await copy(
      `docker-archive:${samplePath("signed/bundles.tar")}:1.0`,
      "--checksums",
      sums,
      ...key,
    );
    expect(unnamed).toMatchObject({
      code: 65,
      stderr: expect.stringContaining("[CHECKSUM_MISSING]") as string,
    });
  });

  test("is a mistake where what is copied is no archive", async () => {
    expect(await copy("docker://127.0.0.1:1/a", "--checksums", sums)).toMatchObject({ code: 64 });
  });
});
