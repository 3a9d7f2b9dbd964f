import { beforeEach, describe, expect, test } from "vitest";
import type { Repository } from "../../../src/content/repository.ts";
import { digestHex } from "../../../src/oci/digest.ts";
import { type Manifest, parseManifest } from "../../../src/oci/manifest.ts";
import { referrersTag } from "../../../src/oci/subject-tags.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { createStorageStore } from "../../../src/storage/storage-store.ts";
import { copyImage } from "../../../src/transfer/graph/copy-image.ts";
import { copyReferrers } from "../../../src/transfer/copy/copy-referrers.ts";
import { moreRegistries } from "../../helpers/registries/registries.ts";
import { describeRegistries } from "../../helpers/registries/describe-registries.ts";
import { listCosignTags } from "../../helpers/registries/registry-faults.ts";
import { startTestRegistry } from "../../helpers/registries/test-registry.ts";
import { createRegistryStore } from "../../../src/registry/registry-store.ts";
import { buildArtifact } from "../../helpers/archives/source-image.ts";
import { storeArtifact, storeList } from "../../helpers/archives/store-source-image.ts";

const options = { onEvent: () => undefined };

describe("copyReferrers", () => {
  let source: Repository;
  let list: Awaited<ReturnType<typeof storeList>>;
  let signature: Manifest;
  let sbom: Manifest;
  let sbomSignature: Manifest;

  beforeEach(async () => {
    const storage = new MemoryStorage();
    source = createStorageStore(storage).repository("app");
    list = await storeList(storage, "app", "1", [{ platform: "linux/amd64" }, { platform: "linux/arm64" }]);
    signature = await attach(storage, list, "signature");
    sbom = await attach(storage, list.manifests[1], "sbom");
    sbomSignature = await attach(storage, sbom, "signature of sbom");
    const cosign = buildArtifact("cosign");
    await storeArtifact(storage, "app", cosign, `sha256-${digestHex(list.descriptor.digest)}.sig`);
  });

  test("brings what refers to a list, to its images and to what refers to them, and cosign's tags", async () => {
    const target = createStorageStore(new MemoryStorage()).repository("copy");
    await copyImage(list, source, { repository: target, tag: "1" }, options);
    expect(await copyReferrers(list, source, target, options)).toBe(4);
    expect(await listAll(target)).toEqual(wanted());
    expect(await target.listTags()).toEqual(["1", `sha256-${digestHex(list.descriptor.digest)}.sig`]);
  });

  /** What is listed for the list, for its arm64 image and for that image's SBOM. */
  async function listAll(target: Repository): Promise<unknown> {
    const subjects = [list.descriptor, list.manifests[1] ?? list.descriptor, sbom.descriptor];
    return Promise.all(subjects.map(({ digest }) => target.listReferrers(digest)));
  }

  function wanted(): unknown {
    const annotations = new Map([["note", "kept"]]);
    return [signature, sbom, sbomSignature].map(({ descriptor: { digest } }) => [
      expect.objectContaining({ digest, artifactType: "text/plain+test", annotations }),
    ]);
  }

  test("from Harbor, which lists cosign's tag as well, make no list of what has no subject", async () => {
    const storage = new MemoryStorage();
    const image = await storeList(storage, "app", "1", [{ platform: "linux/amd64" }]);
    const tag = `sha256-${digestHex(image.descriptor.digest)}.sig`;
    await storeArtifact(storage, "app", buildArtifact("cosign"), tag);
    await using registry = await startTestRegistry({ storage, faults: [listCosignTags(storage)] });
    await using store = await createRegistryStore({ host: registry.host });
    const target = createStorageStore(new MemoryStorage()).repository("copy");
    expect(await copyReferrers(image, store.repository("app"), target, options)).toBe(1);
    expect(await target.listTags()).toEqual([tag]);
  });

  describeRegistries(
    "to a registry",
    (start) => {
      test("they are listed there afterwards, by the registry or under a tag, however often they are copied", async () => {
        const registry = await start();
        try {
          await using store = await createRegistryStore({ host: registry.host });
          const target = store.repository("copy");
          await copyImage(list, source, { repository: target, tag: "1" }, options);
          await copyReferrers(list, source, target, options);
          await copyReferrers(list, source, target, options);
          expect(await listAll(target)).toEqual(wanted());
        } finally {
          await registry.stop();
        }
      });
    },
    moreRegistries,
  );

  test("adds to the tag that lists referrers where the registry does not", async () => {
    const without = createStorageStore(new MemoryStorage()).repository("old");
    const target: Repository = Object.assign(Object.create(without) as Repository, {
      name: without.name,
      title: without.title,
      listReferrers: async (subject: Parameters<Repository["listReferrers"]>[0]) => {
        const raw = await without.fetchManifest(referrersTag(subject));
        const index = raw && parseManifest(raw.bytes, "index");
        return index?.kind === "index" ? index.manifests : [];
      },
    });
    for (const method of [
      "hasBlob",
      "fetchBlob",
      "pushBlob",
      "resolve",
      "fetchManifest",
      "pushManifest",
      "listTags",
    ] as const) {
      Object.assign(target, { [method]: without[method].bind(without) });
    }
    await copyImage(list, source, { repository: target, tag: "1" }, options);
    await copyReferrers(list, source, target, options);
    expect(await target.listTags()).toContain(`sha256-${digestHex(list.descriptor.digest)}`);
    expect(await listAll(target)).toEqual(wanted());
  });
});

/** Puts a manifest with a subject into the repository `app`. */
async function attach(
  storage: MemoryStorage,
  subject: Pick<Manifest, "descriptor"> | Manifest["descriptor"] | undefined,
  text: string,
): Promise<Manifest> {
  if (!subject) throw new Error("nothing to attach to");
  const { mediaType, digest, size } = "descriptor" in subject ? subject.descriptor : subject;
  const { manifest, blobs } = buildArtifact(text);
  const document = {
    ...(JSON.parse(Buffer.from(manifest.bytes).toString()) as object),
    artifactType: "text/plain+test",
    annotations: { note: "kept" },
    subject: { mediaType, digest, size },
  };
  const referrer = parseManifest(Buffer.from(JSON.stringify(document)), text);
  if (referrer.kind !== "manifest") throw new Error("not a manifest");
  await storeArtifact(storage, "app", { manifest: referrer, blobs });
  return referrer;
}
