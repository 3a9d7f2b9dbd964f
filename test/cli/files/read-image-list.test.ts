import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../../helpers/processes/run-cli.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {spec: {containers: [{name: web, image: "nginx:1.25"}]}}}
`;

describe.each([
  ["load", ["load"]],
  ["save", ["save", "-o", "unused.tar"]],
  ["sync", ["sync", "--to", "127.0.0.1:1"]],
  ["verify", ["verify", "127.0.0.1:1"]],
])("%s --list-images", (_, words) => {
  test("prints what the list names, and where", async () => {
    const args = [...words, "--image-list", "-", "--list-images"];
    expect(await runCli(args, { input: deployment })).toMatchObject({
      code: 0,
      stdout: "nginx:1.25  # standard input: Deployment shop/web, spec.template.spec.containers[0].image\n",
    });
  });

  test("wants a list", async () => {
    expect(await runCli([...words, "--list-images"])).toMatchObject({ code: 64 });
  });
});

describe("--image-list", () => {
  test.each([
    ["UTF-16 as PowerShell writes it", Buffer.from("\u{feff}nginx:1.25\r\n", "utf16le")],
    ["UTF-16 of the other order", Buffer.from("\u{feff}nginx:1.25\r\n", "utf16le").swap16()],
    ["UTF-8 with a byte order mark", Buffer.from("\u{feff}nginx:1.25\r\n")],
  ])("is read in %s", async (_, bytes) => {
    const path = join(await makeTempFolder(), "images.txt");
    await writeFile(path, bytes);
    const { stdout } = await runCli(["save", "-o", "unused.tar", "-l", path, "--list-images"]);
    expect(stdout).toBe(`nginx:1.25  # ${path} line 1\n`);
  });

  test("is refused with file and line where it holds what is no name", async () => {
    const { code, stderr } = await runCli(["save", "-o", "unused.tar", "-l", "-"], {
      input: "nginx:1.25\nNot/A/Name\n",
    });
    expect(code).toBe(64);
    expect(stderr).toContain("IMAGE_LIST_INVALID");
    expect(stderr).toContain('"Not/A/Name" in standard input line 2');
  });

  test.each([["--username=me --password-stdin"], ["-"]])(
    "cannot share standard input with %s",
    async (other) => {
      const { code, stderr } = await runCli([
        "--registry",
        "127.0.0.1:1",
        "-l",
        "-",
        ...other.split(" "),
        "x.tar",
      ]);
      expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining("from standard input") });
    },
  );
});
