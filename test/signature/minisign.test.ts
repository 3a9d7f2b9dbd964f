import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readChecksums } from "../../src/cli/options/checksums.ts";
import { parseMinisignKey, verifyMinisign } from "../../src/signature/minisign.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

/** Made by Debian's minisign: minisign -S [-l] -m SUMS -t "of the release". */
const publicKey = `untrusted comment: minisign public key
RWTMjI3LWinhiyZiCjqi4yvm7HyApvfYU+81yyoDcqnbAaWQXglNxLec`;
const content = Buffer.from(`${"0".repeat(64)}  x.tar\n`);
const signed = `untrusted comment: signature from minisign secret key
RUTMjI3LWinhi++0c464Q8GPdl5f5wr+EjD7XB7fgDx+uC+tTPBCVxvmxgZQSgDFyI373WgJ9PMop8nqThuQ6iw4lLvGi5uaegQ=
trusted comment: of the release
xBw12s8Ep9o0O5PATWWZo+thdbtOgU7AjDw46Agb0AdVtR6YE+QJkDa7joGMzrieP9hCzIYPturYXq+mg458Cw==`;
const legacy = `untrusted comment: signature from minisign secret key
RWTMjI3LWinhi16PsHrQVSxQovzHJJPsw7J5ffO4f76Be4K2PjdSYl8jjNH+IQnnQOGj/4cBg+3/rX0C4EaCS7tAdZqfXyrbww4=
trusted comment: of the release
mxioWgybfTGp7ov/JvPUC4q1gdPY4KmlhXwL1iNVBQJXcQrnqt2D1ktvWCFtF6RTw0aL5QIPOsK9R1sYdktxBw==`;
const key = parseMinisignKey(publicKey)!;

function flip(text: string, at: number): string {
  const bytes = Buffer.from(text, "base64");
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString("base64");
}

describe("minisign", () => {
  test.each([
    ["over a hash", signed],
    ["over the content itself", legacy],
    ["without a trusted comment, as signify has it", legacy.split("\n").slice(0, 2).join("\n")],
  ])("a signature %s is good", (_, signature) => {
    expect(verifyMinisign(content, signature, [key])).toMatchObject({ kind: "good", id: key.id });
  });

  test("a key is read with its comment or without", () => {
    expect(parseMinisignKey(publicKey.split("\n")[1] ?? "")?.id).toBe(key.id);
    expect(parseMinisignKey("untrusted comment: x\nRWQ=")).toBeUndefined();
  });

  const [comment, line = "", trusted = "", global = ""] = signed.split("\n");
  test.each([
    { title: "other content", body: Buffer.from("x"), text: signed },
    {
      title: "a changed signature",
      body: content,
      text: [comment, flip(line, 20), trusted, global].join("\n"),
    },
    { title: "a changed comment", body: content, text: signed.replace("of the release", "of another") },
    {
      title: "a signature of the comment that is changed",
      body: content,
      text: [comment, line, trusted, flip(global, 3)].join("\n"),
    },
    {
      title: "the other algorithm's mark",
      body: content,
      text: [comment, flip(line, 1), trusted, global].join("\n").replace("RUT", "RWT"),
    },
    { title: "nothing", body: content, text: "" },
    { title: "more behind it", body: content, text: `${comment}\n${line}\nmore` },
  ])("$title is refused", ({ body, text }) => {
    expect(verifyMinisign(body, text, [key]).kind).toBe("bad");
  });

  test("a key that is not given is named", () => {
    expect(verifyMinisign(content, signed, [])).toEqual({ kind: "unknownKey", id: key.id });
  });
});

async function write(signature?: string): Promise<string> {
  const path = join(await makeTempFolder(), "SUMS");
  writeFileSync(path, content);
  if (signature !== undefined) writeFileSync(`${path}.minisig`, signature);
  return path;
}

describe("--checksums-key", () => {
  test("a checksum file is believed when it is signed, and not else", async () => {
    expect(await readChecksums([await write(signed)], [key])).toHaveLength(1);
    const changed = await write(signed);
    writeFileSync(changed, content.toString().replace("00", "01"));
    await expect(readChecksums([changed], [key])).rejects.toMatchObject({
      code: "SIGNATURE_INVALID",
      exitCode: 65,
    });
    const bare = await write();
    await expect(readChecksums([bare], [key])).rejects.toMatchObject({ code: "SIGNATURE_MISSING" });
    expect(readFileSync(bare).equals(content)).toBe(true);
  });
});
