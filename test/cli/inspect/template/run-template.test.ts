import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTemplate } from "../../../../src/cli/inspect/template/parse-template.ts";
import { runTemplate } from "../../../../src/cli/inspect/template/run-template.ts";
import { AirgapError } from "../../../../src/oci/airgap-error.ts";
import { asObject, parseJson } from "../../../../src/oci/json.ts";

const image = (architecture: string, env: readonly string[]): unknown => ({
  architecture,
  config: { Env: env, Cmd: ["a && b"] },
  rootfs: { type: "layers", diff_ids: ["sha256:1", "sha256:2"] },
});

const data = parse({
  name: "app:1",
  manifest: {
    mediaType: "application/vnd.oci.image.index.v1+json",
    digest: "sha256:0",
    size: 42,
    manifests: [
      { digest: "sha256:a", platform: { os: "linux", "os.version": "10" } },
      { digest: "sha256:b" },
    ],
  },
  image: { "linux/s390x": image("s390x", []), "linux/amd64": image("amd64", ["A=1", "B=2"]) },
  sbom: {
    "linux/amd64": {
      SPDX: { packages: [{ name: "musl", versionInfo: "1.2" }, { name: "busybox" }] },
      AdditionalSPDXs: [{ name: "build", packages: [] }],
    },
  },
  flag: true,
});

function parse(value: unknown): ReadonlyMap<string, unknown> {
  return asObject(parseJson(Buffer.from(JSON.stringify(value)), { what: "data" }), "data");
}

function run(template: string): string {
  return runTemplate(parseTemplate(template), data);
}

describe("a Go template", () => {
  test.each([
    ["plain text", "plain text"],
    ["{{.Name}}", "app:1"],
    ["{{ .Name }} is {{.Manifest.Digest}}", "app:1 is sha256:0"],
    ["{{.Manifest.MediaType}} {{.Manifest.Size}}", "application/vnd.oci.image.index.v1+json 42"],
    ["{{$.Name}}", "app:1"],
    ["{{.Manifest.Nothing}}", "<no value>"],
    ['{{(index .Image "linux/amd64").RootFS.DiffIDs | len}}', "2"],
    ['{{index (index .Image "linux/amd64").config.Env 1}}', "B=2"],
    ['{{json (index .Image "linux/amd64").config.Env}}', '[\n  "A=1",\n  "B=2"\n]'],
    ['{{(index .Image "linux/arm").architecture}}', "<no value>"],
    ["{{range .Manifest.Manifests}}{{.Digest}};{{end}}", "sha256:a;sha256:b;"],
    ["{{range $i, $m := .Manifest.Manifests}}{{$i}}={{$m.Digest}} {{end}}", "0=sha256:a 1=sha256:b "],
    ["{{range $m := .Manifest.Manifests}}{{$m.Platform.OSVersion}} {{end}}", "10 <no value> "],
    ["{{range $p, $i := .Image}}{{$p}} {{end}}", "linux/amd64 linux/s390x "],
    ["{{range .Manifest.Nothing}}x{{else}}none{{end}}", "none"],
    [
      '{{ range (index .SBOM "linux/amd64").SPDX.packages }}{{.name}}@{{.versionInfo}}{{println}}{{end}}',
      "musl@1.2\nbusybox@<no value>\n",
    ],
    ['{{ range (index .SBOM "linux/amd64").SPDX.packages }}{{ println .name }}{{ end }}', "musl\nbusybox\n"],
    [
      '{{ range (index .SBOM "linux/amd64").AdditionalSPDXs }}{{if eq .name "sbom"}}a{{else}}b{{ end }}{{ end }}',
      "b",
    ],
    ['{{if ne .Name "x"}}yes{{end}}{{if .Manifest.Nothing}}no{{end}}{{if .Flag}}!{{end}}', "yes!"],
    ['{{"a\\n"}}{{`}}`}}{{12}}{{true}}{{print "x" 1}}', "a\n}}12truex1"],
    ["a  {{- .Name -}}  b {{/* nothing */}}c{{- /* nor this */ -}} d", "aapp:1b cd"],
    ["{{.Name | println | print}}", "app:1\n"],
    [
      "{{range .Image}}{{range .config.Cmd}}{{json .}}{{end}}{{end}}",
      '"a \\u0026\\u0026 b""a \\u0026\\u0026 b"',
    ],
  ])("%s", (template, text) => {
    expect(run(template)).toBe(text);
  });

  test.each([
    ["{{.Name", /has no }}/],
    ["{{printf .Name}}", /the function "printf" is not supported/],
    ["{{with .Name}}x{{end}}", /the function "with" is not supported|closes nothing/],
    ["{{range .Image}}x", /{{range}} has no {{end}}/],
    ["{{end}}", /closes nothing/],
    ["{{if .Name}}a{{else}}b{{else}}c{{end}}", /second {{else}}/],
    ["{{if .Name}}a{{else if .Name}}b{{end}}", /is not supported/],
    ["{{.Config}}", /there is no field \.Config/],
    ["{{.Image}}", /an object cannot be printed as it is, write {{json/],
    ["{{range .Name}}{{end}}", /range cannot go over string "app:1"/],
    ["{{.Name.Tag}}", /string "app:1" has no field \.Tag/],
    ["{{index .Name 1}}", /index cannot take number "1" of string "app:1"/],
    ["{{len 1}}", /len cannot count/],
    ["{{$x}}", /there is no variable \$x/],
    ["{{(.Name}}", /parentheses/],
    ["{{.Name .Name}}", /calls what is no function/],
    ["{{.Name | 1}}", /piped into what is no function/],
    ["{{}}", /an action is empty/],
    ["{{json 'x'}}", /"'x'" is not supported/],
    ["{{a, b := .Name}}", /not supported|no variable/],
  ])("%s is refused", (template, says) => {
    expect(() => run(template)).toThrow(
      expect.objectContaining({
        code: "TEMPLATE_INVALID",
        exit: "usage",
        message: expect.stringMatching(says),
      }),
    );
  });

  test("whatever is written, it is text or refused", () => {
    const words = constantFrom(
      ...'{{ }} {{- -}} . .Name .Image $ $x := , range if else end json index ( ).a | \' " "a" ` 1 /* */'.split(
        " ",
      ),
      " ",
      "\n",
    );
    assert(
      property(array(words, { maxLength: 12 }), (parts) => {
        expect(endOf(parts.join(""))).toBe("well");
      }),
      { numRuns: 3000 },
    );
  });
});

function endOf(template: string): unknown {
  try {
    run(template);
    return "well";
  } catch (error) {
    return error instanceof AirgapError ? "well" : error;
  }
}
