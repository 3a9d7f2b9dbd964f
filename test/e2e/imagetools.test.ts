import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../helpers/processes/run-cli.ts";
import { pushImage, pushList } from "../helpers/registries/push-by-hand.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";

const buildInfo = {
  frontend: "dockerfile.v0",
  attrs: { filename: "Dockerfile", "build-arg:bar": "foo" },
  sources: [
    { type: "docker-image", ref: "docker.io/library/alpine:3.13", pin: `sha256:${"0".repeat(64)}` },
    { type: "http", ref: "https://example.com/README.md", pin: `sha256:${"1".repeat(64)}` },
  ],
};

const shownInfo = `Frontend: dockerfile.v0
Attrs:
  filename:      Dockerfile
  build-arg:bar: foo
Sources:
  Type: docker-image
  Ref:  docker.io/library/alpine:3.13
  Pin:  sha256:${"0".repeat(64)}

  Type: http
  Ref:  https://example.com/README.md
  Pin:  sha256:${"1".repeat(64)}
`;

describe("what docker buildx imagetools inspect takes", () => {
  let registry: TestRegistry;

  beforeAll(async () => {
    registry = await startTestRegistry();
    const image = { family: "oci", machine: 62, claimed: "amd64", buildInfo } as const;
    const amd64 = await pushImage(registry.host, "app:amd64", image);
    const arm64 = await pushImage(registry.host, "app:arm64", { ...image, machine: 183, claimed: "arm64" });
    await pushList(registry.host, "app:list", "oci", [amd64, arm64]);
  });
  afterAll(() => registry.stop());

  const inspect = (tag: string, ...args: string[]): ReturnType<typeof runCli> =>
    runCli(["inspect", `${registry.host}/app:${tag}`, ...args]);

  test("{{.BuildInfo}} shows what an image was made of, for each platform of a list", async () => {
    const single = await inspect("amd64", "--format", "{{.BuildInfo}}");
    expect(single.stdout).toBe(`Name: ${registry.host}/app:amd64\n${shownInfo}`);
    const list = await inspect("list", "--format", "{{ .BuildInfo }}");
    expect(list.stdout).toBe(
      `Name: ${registry.host}/app:list\nPlatform: linux/amd64\n${shownInfo}\nPlatform: linux/arm64\n${shownInfo}`,
    );
  });

  test("{{json .BuildInfo}} gives it as JSON", async () => {
    const { stdout } = await inspect("amd64", "--format", "{{json .BuildInfo}}");
    expect(JSON.parse(stdout)).toEqual(buildInfo);
  });

  test("an index into a list's .Image takes a platform, and into a single image's is an error", async () => {
    const template = '{{json (index .Image "linux/arm64")}}';
    const list = await inspect("list", "--format", template);
    expect(JSON.parse(list.stdout)).toMatchObject({ architecture: "arm64" });
    const single = await inspect("amd64", "--format", template);
    expect(single).toMatchObject({ code: 64, stdout: "" });
    expect(single.stderr).toContain("[TEMPLATE_INVALID]");
  });

  test("--builder is accepted, with a note", async () => {
    const { code, stderr } = await inspect("amd64", "--builder", "mybuilder");
    expect(code).toBe(0);
    expect(stderr).toContain("note: --builder is ignored");
  });
});
