import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildImage, descriptorOf, indexOf, jsonBlob, named } from "../helpers/archives/built-image.ts";
import { TarBuilder } from "../helpers/archives/tar-builder.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const hostile =
  "\u{1b}]0;pwned\u{7}\u{1b}[31m\u{202e}BIDI\r\nFAKE\u{2028}\u{9b}31m<img src=x onerror=alert(1)>";
const obeyed = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^FAKE/mu;

interface Words {
  readonly platform?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly artifact?: string;
  readonly file?: string;
}

async function buildArchive({ platform, config = {}, name = "x:1", artifact, file }: Words): Promise<Buffer> {
  const image = await buildImage({ config });
  const signature = jsonBlob({
    ...(JSON.parse(image.manifest.bytes.toString()) as object),
    artifactType: artifact,
  });
  const listed = platform ? { platform } : {};
  const child = indexOf(descriptorOf(image.manifest, undefined, listed));
  const signed = descriptorOf(signature, undefined, named(`x:sha256-${"a".repeat(64)}.sig`));
  const root = indexOf(
    descriptorOf(child, "application/vnd.oci.image.index.v1+json", named(name)),
    ...(artifact ? [signed] : []),
  );
  const tar = new TarBuilder()
    .json("oci-layout", { imageLayoutVersion: "1.0.0" })
    .blobs(image.config, ...image.gzipLayers, image.manifest, child, signature);
  if (file) tar.file(file, file);
  return tar.file("index.json", root.bytes).build();
}

test.each([
  { place: "an operating system", words: { platform: { os: `linux${hostile}`, architecture: "amd64" } } },
  { place: "an architecture", words: { config: { architecture: hostile } } },
  { place: "a variant", words: { config: { variant: hostile } } },
  { place: "an OS version", words: { config: { os: "windows", "os.version": hostile } } },
  { place: "an OS feature", words: { config: { os: "windows", "os.features": [hostile] } } },
  { place: "a name", words: { name: `x:1${hostile}` } },
  { place: "an artifact's type", words: { artifact: hostile } },
  { place: "a file's name", words: { file: `../${hostile}` } },
  { place: "a label", words: { config: { config: { Labels: { [hostile]: hostile }, Cmd: [hostile] } } } },
] satisfies { place: string; words: Words }[])("$place reaches no output raw", async ({ words }) => {
  const folder = await makeTempFolder();
  const archive = join(folder, "a.tar");
  await writeFile(archive, await buildArchive(words));
  const reports = ["r.json", "r.html"].map((name) => join(folder, name));
  const [json, html] = reports as [string, string];
  const load = ["--to", join(folder, "to"), "--report", json, "--report", html, "--verbose", archive];
  const runs = [
    await runCli(load),
    await runCli([...load, "--json"]),
    await runCli(["inspect", archive]),
    await runCli(["inspect", "--json", archive]),
  ];
  const page = await readFile(html, "utf8");
  const texts = [
    ...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]),
    page,
    await readFile(json, "utf8"),
  ];
  for (const text of texts) expect(text).not.toMatch(obeyed);
  expect(page).not.toContain("<img");
});
