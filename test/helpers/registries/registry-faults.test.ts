import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { buildIndex, buildManifest, type ImageIndex, type Manifest } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { indexOf, pushBlobRaw, pushImageBlobs, pushManifestRaw } from "./push-raw.ts";
import * as faults from "./registry-faults.ts";
import { send } from "./send.ts";
import { type Fault, startTestRegistry } from "./test-registry.ts";

const layer = "x".repeat(300_000);

async function startWith(...list: Fault[]) {
  return startTestRegistry({ faults: list });
}

describe("connection faults", () => {
  test.each([
    ["dropAfter", faults.dropAfter(1000)],
    ["dropAfter with a reset", faults.dropAfter(1000, "reset")],
    ["resetBeforeAnswer", faults.resetBeforeAnswer()],
    ["obeyThenReset", faults.obeyThenReset()],
    ["answerRaw", faults.answerRaw("nonsense\r\n\r\n")],
    ["bareLineFeed429", faults.bareLineFeed429()],
  ])("%s breaks the connection of the commit, once", async (name, fault) => {
    await using registry = await startWith(faults.faultFor(faults.requestsFor.commit, fault, { times: 1 }));
    await expect(pushBlobRaw(registry.url, "a/b", layer)).rejects.toThrow(/./);
    const isThere = (await registry.storage.statBlob("a/b", digestOf(layer))) !== undefined;
    expect(isThere).toBe(name === "obeyThenReset");
    expect((await pushBlobRaw(registry.url, "a/b", layer)).status).toBe(201);
  });

  test("truncateAnswer ends an answer too early", async () => {
    await using registry = await startTestRegistry();
    const { digest } = await pushBlobRaw(registry.url, "a/b", layer);
    registry.faults.push(faults.truncateAnswer(70_000));
    await expect(send("GET", `${registry.url}/v2/a/b/blobs/${digest}`)).rejects.toThrow("content-length");
  });

  test("hold answers when the gate opens", async () => {
    const gate = new EventEmitter();
    await using registry = await startWith(
      faults.faultFor(faults.requestsFor.commit, faults.hold(once(gate, "open"))),
    );
    const pushed = pushBlobRaw(registry.url, "a/b", layer);
    const isStored = async (): Promise<boolean> =>
      (await registry.storage.statBlob("a/b", digestOf(layer))) !== undefined;
    await expect.poll(isStored).toBe(true);
    gate.emit("open");
    expect((await pushed).status).toBe(201);
  });

  test("obeyThenRefuse keeps the blob and says 504", async () => {
    await using registry = await startWith(
      faults.faultFor(faults.requestsFor.commit, faults.obeyThenRefuse({ status: 504 })),
    );
    expect((await pushBlobRaw(registry.url, "a/b", layer)).status).toBe(504);
    expect(await registry.storage.statBlob("a/b", digestOf(layer))).toBe(layer.length);
  });
});

describe("upload faults", () => {
  test.each([
    ["absoluteLocations", faults.absoluteLocations()],
    ["schemelessLocations", faults.schemelessLocations()],
    ["signedLocations", faults.signedLocations()],
    ["closeWhenIdle", faults.closeWhenIdle()],
    ["warn", faults.warn("this registry is old")],
  ])("%s lets a careful client push", async (_, fault) => {
    await using registry = await startWith(fault);
    expect((await pushBlobRaw(registry.url, "a/b", layer)).status).toBe(201);
  });

  test("signedLocations refuses a stale or missing state", async () => {
    await using registry = await startWith(faults.signedLocations());
    const started = await send("POST", `${registry.url}/v2/a/b/blobs/uploads/`);
    const location = registry.url + started.headers["location"];
    expect((await send("PATCH", location, { body: "abc" })).status).toBe(202);
    expect((await send("PATCH", location, { body: "def" })).codes).toEqual(["BLOB_UPLOAD_INVALID"]);
    expect((await send("GET", location.split("?")[0] ?? "")).status).toBe(404);
  });

  test.each([
    ["maxBodySize", faults.maxBodySize(1000), 413],
    ["refuseWholePut", faults.refuseWholePut(), 405],
    ["loseUploads", faults.loseUploads(1), 404],
    ["denyWrites", faults.faultFor(faults.requestsFor.commit, faults.denyWrites("quota")), 403],
  ])("%s refuses the commit", async (_, fault, status) => {
    await using registry = await startWith(fault);
    expect((await pushBlobRaw(registry.url, "a/b", "y".repeat(2000))).status).toBe(status);
  });

  test("minChunkLength refuses what follows a short chunk, save the empty commit", async () => {
    await using registry = await startWith(faults.minChunkLength(10));
    const start = async (): Promise<string> => {
      const answer = await send("POST", `${registry.url}/v2/a/b/blobs/uploads/`);
      expect(answer.headers["oci-chunk-min-length"]).toBe("10");
      return registry.url + answer.headers["location"];
    };
    const first = await start();
    await send("PATCH", first, { body: "short" });
    expect((await send("PUT", `${first}?digest=${digestOf("short")}`)).status).toBe(201);
    const second = await start();
    await send("PATCH", second, { body: "short" });
    expect((await send("PATCH", second, { body: "more" })).status).toBe(400);
  });

  test("a body without a length is refused, and a second chunk without a range", async () => {
    await using registry = await startWith(
      faults.refuseChunkedEncoding(),
      faults.refuseSecondUnrangedChunk(),
    );
    const started = await send("POST", `${registry.url}/v2/a/b/blobs/uploads/`);
    const location = registry.url + started.headers["location"];
    expect((await send("PATCH", location, { body: Readable.from([Buffer.from("abc")]) })).status).toBe(411);
    expect((await send("PATCH", location, { body: "abc" })).status).toBe(202);
    expect((await send("PATCH", location, { body: "def" })).status).toBe(416);
  });

  test("quirks of the answer to a chunk", async () => {
    await using registry = await startWith(
      faults.chunkStatus(201),
      faults.rangeWithUnit(),
      faults.stuckRange(),
    );
    const started = await send("POST", `${registry.url}/v2/a/b/blobs/uploads/`);
    const location = registry.url + started.headers["location"];
    for (const content of ["abc", "def"]) {
      const answer = await send("PATCH", location, { body: content });
      expect([answer.status, answer.headers["range"]]).toEqual([201, "bytes=0-2"]);
    }
  });

  test("mountStatus turns a mount into an upload or a refusal", async () => {
    await using registry = await startTestRegistry();
    const { digest } = await pushBlobRaw(registry.url, "a/b", layer);
    const mount = async (): Promise<number> =>
      (await send("POST", `${registry.url}/v2/c/d/blobs/uploads/?mount=${digest}&from=a/b`)).status;
    registry.faults = [faults.mountStatus(401)];
    expect(await mount()).toBe(401);
    registry.faults = [faults.mountStatus(202)];
    expect(await mount()).toBe(202);
    registry.faults = [];
    expect(await mount()).toBe(201);
  });
});

describe("manifest faults", () => {
  test.each([
    ["ociOnly", faults.ociOnly(), "docker", 415],
    ["dockerOnly", faults.dockerOnly(), "oci", 415],
    ["dockerOnly as SWR", faults.dockerOnly("swr"), "oci", 400],
    ["refuseLists", faults.refuseLists(), "docker", 415],
    ["childrenVisibleAfter", faults.childrenVisibleAfter(1), "oci", 400],
    ["maxManifestLength", faults.maxManifestLength(10), "oci", 413],
  ] as const)("%s refuses the list", async (_, fault, family, status) => {
    await using registry = await startTestRegistry();
    const manifest = await pushImageBlobs(registry.url, "a/b", "1", family);
    expect((await pushManifestRaw(registry.url, "a/b", "1-arm64", manifest)).status).toBe(201);
    registry.faults.push(fault);
    expect((await pushManifestRaw(registry.url, "a/b", "1", indexOf([manifest], family))).status).toBe(
      status,
    );
  });

  test.each([
    ["refuseNestedIndex", faults.refuseNestedIndex()],
    ["requirePlatforms", faults.requirePlatforms()],
    ["gzipDockerLayersOnly", faults.gzipDockerLayersOnly()],
    ["strictContentType", faults.strictContentType()],
  ])("%s looks into the document, and lets others through", async (name, fault) => {
    await using registry = await startTestRegistry({ faults: [fault] });
    const manifest = await pushImageBlobs(registry.url, "a/b", "1", "docker");
    const raw = manifest.layers.map((layer) => ({ ...layer, mediaType: mediaTypes.docker.layer }));
    const index = indexOf([manifest], "docker");
    const push = async (document: Manifest | ImageIndex, suffix = ""): Promise<number> =>
      (
        await send("PUT", `${registry.url}/v2/a/b/manifests/${document.descriptor.digest}`, {
          headers: { "content-type": document.descriptor.mediaType + suffix },
          body: document.bytes,
        })
      ).status;
    expect([await push(manifest), await push(index)]).toEqual([201, 201]);
    const refused = {
      refuseNestedIndex: () => push(buildIndex("docker", [index.descriptor])),
      requirePlatforms: () => push(buildIndex("docker", [manifest.descriptor])),
      gzipDockerLayersOnly: () => push(buildManifest("docker", manifest.config, raw)),
      strictContentType: () => push(manifest, "; charset=utf-8"),
    }[name];
    expect(await refused?.()).toBe(name === "strictContentType" ? 415 : 400);
  });

  test("lowerCaseTags keeps another tag than the one that was sent", async () => {
    await using registry = await startTestRegistry({ faults: [faults.lowerCaseTags()] });
    await pushManifestRaw(registry.url, "a/b", "V1-RC", await pushImageBlobs(registry.url, "a/b", "1"));
    expect(await registry.tags("a/b")).toEqual(["v1-rc"]);
  });

  test("overwriteTags moves a tag behind the back of whoever has just written it", async () => {
    await using registry = await startTestRegistry();
    const [ours, theirs] = [
      await pushImageBlobs(registry.url, "a/b", "1"),
      await pushImageBlobs(registry.url, "a/b", "2"),
    ];
    registry.faults.push(
      faults.overwriteTags((repository, tag) => registry.storage.writeManifest(repository, theirs, tag)),
    );
    expect((await pushManifestRaw(registry.url, "a/b", "v1", ours)).status).toBe(201);
    expect((await registry.readTag("a/b", "v1"))?.descriptor.digest).toBe(theirs.descriptor.digest);
  });

  test.each(["harbor", "ecr", "quay", "nexus"] as const)("immutableTags as %s", async (vendor) => {
    await using registry = await startTestRegistry();
    registry.faults.push(faults.immutableTags(registry.storage, vendor));
    const manifest = await pushImageBlobs(registry.url, "a/b", "1");
    expect((await pushManifestRaw(registry.url, "a/b", "1", manifest)).status).toBe(201);
    expect([400, 409, 412]).toContain((await pushManifestRaw(registry.url, "a/b", "1", manifest)).status);
  });

  test("forgetBlobsBeforeManifest makes the first manifest fail", async () => {
    await using registry = await startTestRegistry();
    registry.faults.push(faults.forgetBlobsBeforeManifest(registry.storage));
    const manifest = await pushImageBlobs(registry.url, "a/b", "1");
    const refused = await pushManifestRaw(registry.url, "a/b", "1", manifest);
    expect(refused.codes).toEqual(["MANIFEST_BLOB_UNKNOWN"]);
    await pushImageBlobs(registry.url, "a/b", "1");
    expect((await pushManifestRaw(registry.url, "a/b", "1", manifest)).status).toBe(201);
  });

  test("strictAccept hides what the client did not ask for", async () => {
    await using registry = await startTestRegistry();
    registry.faults.push(faults.strictAccept(registry.storage), faults.manifestsVisibleAfter(1));
    const manifest = await pushImageBlobs(registry.url, "a/b", "1");
    await pushManifestRaw(registry.url, "a/b", "1", manifest);
    const read = async (accept: string): Promise<number> =>
      (await send("GET", `${registry.url}/v2/a/b/manifests/1`, { headers: { accept } })).status;
    expect(await read("*/*")).toBe(404);
    expect(await read(manifest.descriptor.mediaType)).toBe(404);
    expect(await read(manifest.descriptor.mediaType)).toBe(200);
  });

  test("forgetManifests and misreportDigest lie", async () => {
    await using registry = await startWith(faults.forgetManifests());
    const manifest = await pushImageBlobs(registry.url, "a/b", "1");
    expect((await pushManifestRaw(registry.url, "a/b", "1", manifest)).status).toBe(201);
    expect(await registry.readTag("a/b", "1")).toBeUndefined();
    registry.faults = [faults.misreportDigest()];
    const answer = await pushManifestRaw(registry.url, "a/b", "1", manifest);
    expect(answer.headers["docker-content-digest"]).not.toBe(manifest.descriptor.digest);
  });
});

describe("access faults", () => {
  test("errorsAsHtml hides the specification's document", async () => {
    await using registry = await startWith(faults.errorsAsHtml());
    const answer = await send("GET", `${registry.url}/v2/a/b/manifests/1`);
    expect([answer.status, answer.headers["content-type"]]).toEqual([404, "text/html"]);
  });

  test("webPage, blobHeadStatus and manifestHeadStatus answer for the registry", async () => {
    await using registry = await startWith(faults.blobHeadStatus(403), faults.manifestHeadStatus(500));
    const { digest } = await pushBlobRaw(registry.url, "a/b", layer);
    expect((await send("HEAD", `${registry.url}/v2/a/b/blobs/${digest}`)).status).toBe(403);
    expect((await send("GET", `${registry.url}/v2/a/b/blobs/${digest}`)).status).toBe(200);
    expect((await send("HEAD", `${registry.url}/v2/a/b/manifests/v1`)).status).toBe(500);
    registry.faults = [faults.webPage()];
    expect((await send("GET", `${registry.url}/v2/`)).headers["content-type"]).toBe("text/html");
  });

  test("locationsAt and redirectBlobs send the client to another origin over the same content", async () => {
    await using other = await startTestRegistry();
    await using registry = await startTestRegistry({
      storage: other.storage,
      faults: [faults.locationsAt(other.url), faults.redirectBlobs(other.url)],
    });
    const { status, digest } = await pushBlobRaw(registry.url, "a/b", layer);
    expect(status).toBe(201);
    expect(other.requests.map(({ method }) => method)).toEqual(["PUT"]);
    const answer = await send("GET", `${registry.url}/v2/a/b/blobs/${digest}`);
    expect([answer.status, answer.headers["location"]]).toEqual([307, `${other.url}/v2/a/b/blobs/${digest}`]);
  });

  test("stall never answers", async () => {
    await using registry = await startWith(faults.stall());
    const abort = AbortSignal.timeout(50);
    await expect(fetch(`${registry.url}/v2/`, { signal: abort })).rejects.toThrow("timeout");
  });

  test("corruptBlobs changes a byte", async () => {
    await using registry = await startTestRegistry();
    const { digest } = await pushBlobRaw(registry.url, "a/b", layer);
    registry.faults.push(faults.corruptBlobs());
    const answer = await send("GET", `${registry.url}/v2/a/b/blobs/${digest}`);
    expect(digestOf(answer.bytes)).not.toBe(digest);
  });

  test("tooManyRequests comes with its header, and ends", async () => {
    await using registry = await startWith(faults.tooManyRequests(1, "7"));
    const [first, second] = [
      await send("GET", `${registry.url}/v2/`),
      await send("GET", `${registry.url}/v2/`),
    ];
    expect([first.status, first.headers["retry-after"], second.status]).toEqual([429, "7", 200]);
  });

  test("requireBasic and projectsOnly", async () => {
    await using registry = await startWith(
      faults.requireBasic("me", "secret"),
      faults.projectsOnly(["mine"]),
    );
    const headers = { authorization: `Basic ${Buffer.from("me:secret").toString("base64")}` };
    expect((await send("GET", `${registry.url}/v2/`)).headers["www-authenticate"]).toBe(
      'Basic realm="registry"',
    );
    expect((await send("POST", `${registry.url}/v2/mine/x/blobs/uploads/`, { headers })).status).toBe(202);
    expect((await send("POST", `${registry.url}/v2/other/x/blobs/uploads/`, { headers })).status).toBe(401);
  });

  test("a token is good for its scope until it expires", async () => {
    let now = 0;
    const auth = faults.createTokenAuth({ username: "me", password: "secret", ttl: 60, now: () => now });
    await using registry = await startWith(auth.fault);
    const challenge = await send("POST", `${registry.url}/v2/a/b/blobs/uploads/`);
    expect(challenge.headers["www-authenticate"]).toBe(
      `Bearer realm="${registry.url}/token",service="test-registry",scope="repository:a/b:pull,push"`,
    );
    const url = `${registry.url}/token?service=test-registry&scope=repository:a/b:pull,push`;
    expect((await send("GET", url)).status).toBe(401);
    const basic = { authorization: `Basic ${Buffer.from("me:secret").toString("base64")}` };
    const { token } = JSON.parse((await send("GET", url, { headers: basic })).text) as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    expect((await pushBlobRaw(registry.url, "a/b", layer, headers)).status).toBe(201);
    expect((await send("POST", `${registry.url}/v2/c/d/blobs/uploads/`, { headers })).status).toBe(401);
    now = 61_000;
    expect((await send("GET", `${registry.url}/v2/`, { headers })).status).toBe(401);
  });
});
