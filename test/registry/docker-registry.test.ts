import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { buildIndex, buildManifest } from "../../src/oci/manifest.ts";
import { createRegistryStore } from "../../src/registry/registry-store.ts";
import {
  type DockerRegistry,
  missingDockerRegistry,
  startDockerRegistry,
} from "../helpers/docker-registry.ts";
import { describeWith } from "../helpers/describe-with.ts";

describeWith(missingDockerRegistry, "a docker-registry without sign-in", () => {
  let registry: DockerRegistry;
  beforeEach(async () => {
    registry = await startDockerRegistry();
  });
  afterEach(() => registry.stop());

  test("takes an image and its list, and gives them back", async () => {
    const notices: string[] = [];
    await using store = await createRegistryStore({
      host: registry.host,
      onNotice: (text) => notices.push(text),
    });
    await store.checkAccess(["library/app"]);
    const repository = store.repository("library/app");
    const bytes = new Uint8Array(randomBytes(3_000_000));
    const layer = {
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      digest: digestOf(bytes),
      size: bytes.length,
    };
    async function* open(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    }
    expect(await repository.hasBlob(layer)).toBe(false);
    expect(await repository.pushBlob(layer, open)).toBe("pushed");
    expect(await repository.pushBlob(layer, open)).toBe("present");
    expect(await store.repository("other/app").pushBlob(layer, open)).toBe("mounted");
    const manifest = buildManifest("oci", layer, [layer]);
    await repository.pushManifest("1-amd64", manifest);
    const index = buildIndex("oci", [
      { ...manifest.descriptor, platform: { os: "linux", architecture: "amd64" } },
    ]);
    await repository.pushManifest("1", index);
    expect(await repository.resolve("1")).toEqual(index.descriptor);
    expect(await repository.resolve("2")).toBeUndefined();
    expect(new TextDecoder().decode((await repository.fetchManifest("1"))?.bytes)).toBe(
      new TextDecoder().decode(index.bytes),
    );
    expect([...(await repository.listTags())].sort()).toEqual(["1", "1-amd64"]);
    const read: Uint8Array[] = [];
    for await (const chunk of repository.fetchBlob(layer)) read.push(chunk);
    expect(digestOf(Buffer.concat(read))).toBe(layer.digest);
    expect(notices).toEqual([expect.stringContaining("http is used, without credentials")]);
  });
});
