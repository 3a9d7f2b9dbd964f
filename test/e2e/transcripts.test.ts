import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { k3sArchive, k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";

/** One command line; `HOST` is the registry's, `OTHER` another's, `TEMP` a folder that all of them share. */
type Transcript = readonly [title: string, ...args: string[]];

const arm = samplePath(k3sArchive("docker20", "arm"));
const armOfContainerd = samplePath(k3sArchive("docker26-containerd", "arm"));
const crane = samplePath("crane/klipper-lb-arm.tar");
const pause = "HOST/rancher/pause:3.1";

/** In this order: later ones find what earlier ones have left. */
const transcripts: readonly Transcript[] = [
  ["help", "--help"],
  ...["copy", "inspect", "verify", "save", "sync", "manifest", "push-spec", "serve", "completion"].map(
    (command): Transcript => [`help-${command}`, command, "--help"],
  ),
  ["usage-no-archive", "--registry", "HOST"],
  ["usage-no-registry", arm],
  ["usage-unknown-option", "--registri", "HOST", arm],
  ["usage-bad-host", "--registry", "a_b!c", arm],
  ["archive-absent", "--dry-run", "--offline", "--arm", "TEMP/absent.tar"],
  ["archive-is-none", "--dry-run", "--offline", samplePath("README.md")],
  ["load-offline", "--dry-run", "--offline", ...k3sFlags("docker20")],
  ["load-dry-run", "--dry-run", "--registry", "HOST", ...k3sFlags("docker20")],
  ["load-first", "--registry", "HOST", ...k3sFlags("docker20")],
  ["load-second", "--registry", "HOST", ...k3sFlags("docker20")],
  ["load-json", "--registry", "HOST", "--json", ...k3sFlags("docker20")],
  ["load-other-form", "--registry", "HOST", ...k3sFlags("docker26-containerd")],
  ["load-replace", "--registry", "HOST", "--on-existing", "replace", "--arm", arm],
  ["load-fail", "--registry", "HOST", "--on-existing", "fail", "--arm", armOfContainerd],
  ["load-merge", "--registry", "HOST", ...k3sFlags("docker20", ["amd64", "arm64"])],
  ["load-require", "--registry", "HOST", "--require", "linux/s390x", "--arm", arm],
  ["load-strict", "--registry", "HOST", "--strict", "--arm", arm],
  ["load-wrong-flag", "--registry", "HOST", "--s390x", arm],
  [
    "load-list",
    "--registry",
    "HOST/some/path",
    "--image-list",
    samplePath("k3s8/k3s-images.txt"),
    "--arm",
    arm,
  ],
  [
    "load-digests",
    "--registry",
    "HOST/other",
    "--output",
    "digests",
    "--format",
    "oci",
    "--arm",
    armOfContainerd,
  ],
  ["load-to-folder", "--to", "TEMP/folder", ...k3sFlags("docker20")],
  ["mirrors", "--registry", "HOST", "--print-registries-yaml", "--arm", arm],
  ["inspect-archive", "inspect", arm],
  ["inspect-archive-json", "inspect", "--json", crane],
  ["inspect-reference", "inspect", pause],
  ["inspect-template", "inspect", pause, "--format", "{{json .Manifest}}"],
  ["inspect-absent", "inspect", "HOST/no/such:tag"],
  ["verify", "verify", "HOST", ...k3sFlags("docker20")],
  ["verify-absent", "verify", "HOST/elsewhere", "--arm", arm],
  ["save", "save", pause, "-o", "TEMP/pause.tar"],
  ["save-platform", "save", pause, "--platform", "linux/arm64", "-o", "TEMP/pause-arm64.tar.gz"],
  ["save-absent", "save", "HOST/no/such:tag", "-o", "TEMP/absent.tar"],
  ["load-saved", "--registry", "OTHER", "TEMP/pause.tar"],
  ["copy", "copy", `docker://${pause}`, "docker://OTHER/copied:1"],
  ["copy-again", "copy", `docker://${pause}`, "docker://OTHER/copied:1"],
  ["copy-layout", "copy", `docker://${pause}`, "oci:TEMP/layout:pause"],
  ["copy-absent", "copy", "docker://HOST/no/such:tag", "docker://OTHER/x:1"],
  ["sync", "sync", "HOST/rancher/pause", "--to", "OTHER/mirror"],
  ["manifest-create", "manifest", "create", "OTHER/made:1", "OTHER/copied:1-arm64", "OTHER/copied:1-amd64"],
  ["manifest-inspect", "manifest", "inspect", "OTHER/copied:1"],
  ["completion-bash", "completion", "bash"],
];

describe("a session of the commands", () => {
  let registries: readonly TestRegistry[];
  let temp: string;

  beforeAll(async () => {
    registries = [await startTestRegistry(), await startTestRegistry()];
    temp = await mkdtemp(join(tmpdir(), "airgap-load-transcripts-"));
  });
  afterAll(async () => {
    for (const registry of registries) await registry.stop();
    await rm(temp, { recursive: true });
  });

  test("gives the transcripts that are kept", async () => {
    const { words, hide } = placeholders(registries, temp);
    const settle = (arg: string): string =>
      words.reduce((text, [word, value]) => text.replace(word, value), arg);
    for (const [title, ...args] of transcripts) {
      const { code, stdout, stderr } = await runCli(args.map(settle));
      const transcript = [
        `$ airgap-load ${args.join(" ").replaceAll(samplePath(""), "samples/")}`,
        `exit code ${code}`,
        "--- standard output",
        hide(stdout),
        "--- standard error, its lines sorted",
        hide(stderr).split("\n").sort().join("\n").trimStart(),
        "",
      ].join("\n");
      await expect.soft(transcript).toMatchFileSnapshot(`transcripts/${title}.txt`);
    }
  });
});

/** What differs from run to run, and how it is hidden. */
function placeholders(
  registries: readonly TestRegistry[],
  temp: string,
): { words: readonly (readonly [string, string])[]; hide: (text: string) => string } {
  const words = [
    ["HOST", registries[0]?.host ?? ""],
    ["OTHER", registries[1]?.host ?? ""],
    ["TEMP", temp],
  ] as const;
  const hide = (text: string): string =>
    words
      .reduce((hidden, [word, value]) => hidden.replaceAll(value, word), text)
      .replaceAll(samplePath(""), "samples/")
      .replaceAll(/\b\d+(?:\.\d+)? (?:ms|s|min)\b/g, "TIME")
      .replaceAll(/"(seconds|durationMs|elapsed)": [\d.]+/g, '"$1": 0')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "DATE")
      // Every ten seconds, so that only a busy machine has one.
      .replaceAll(/^(?:reading .*: |uploading: |checking: ).*\n/gm, "")
      // A saved archive holds the registry's name, and so its port.
      .replaceAll(/, sha256 [0-9a-f]{64}$/gm, ", sha256 SUM");
  return { words, hide };
}
