import { expect, test } from "vitest";
import { refuseLookAlike } from "../../../src/archive/dialects/refuse-look-alike.ts";
import { Entries } from "../../../src/archive/index/entries.ts";
import { scanBuilt } from "../../helpers/archives/scan-built.ts";
import { TarBuilder } from "../../helpers/archives/tar-builder.ts";

const id = "a".repeat(64);

test.each([
  ["an empty tar", new TarBuilder(), /it is an empty tar/, /write it again/],
  [
    "docker save cut short between two entries",
    new TarBuilder().file(`${id}.json`, "{}").file(`${id}/VERSION`, "1.0").file(`${id}/layer.tar`, ""),
    /it ends before its manifest.json/,
    /copy or download it again/,
  ],
  [
    "an OCI archive cut short",
    new TarBuilder().file(`blobs/sha256/${id}`, ""),
    /it ends before its manifest.json or index.json/,
    /compare its checksum/,
  ],
  [
    "crane's archive cut short",
    new TarBuilder().file(`sha256:${id}`, "{}").file(`${id}.tar.gz`, ""),
    /it ends before its manifest.json/,
    /compare its checksum/,
  ],
  [
    "Docker 1.9",
    new TarBuilder()
      .file(`${id}/VERSION`, "1.0")
      .file(`${id}/json`, "{}")
      .file(`${id}/layer.tar`, "")
      .json("repositories", {}),
    /Docker 1.9 or older/,
    /save it again/,
  ],
  [
    "Docker 1.9, saved by ID",
    new TarBuilder().file(`${id}/layer.tar`, ""),
    /Docker 1.9 or older/,
    /save it again/,
  ],
  [
    "mindthegap",
    new TarBuilder().file("images.yaml", "docker.io:\n").file("docker/registry/v2/blobs/x", "x"),
    /mindthegap bundle/,
    /mindthegap push bundle/,
  ],
  [
    "absolute names",
    new TarBuilder().file("/data/manifest.json", "[]"),
    /its names are absolute/,
    /tar -cf images.tar -C FOLDER/,
  ],
  [
    "oc-mirror",
    new TarBuilder().file("docker/registry/v2/repositories/ubi/_layers/x", "").file("working-dir/x.tar", ""),
    /oc-mirror image set/,
    /oc-mirror --from/,
  ],
  [
    "a Helm chart",
    new TarBuilder().file("app/Chart.yaml", "").file("app/charts/db.tgz", ""),
    /Helm chart/,
    /helm push/,
  ],
  [
    "Harbor's installer",
    new TarBuilder()
      .file("harbor/install.sh", "")
      .file("harbor/harbor.v2.11.0.tar.gz", "")
      .file("harbor/\u{1b}x.tar", ""),
    /a tar with archives inside/,
    /what is inside: harbor\/harbor\.v2\.11\.0\.tar\.gz, harbor\/\\u\{1b\}x\.tar\./,
  ],
  [
    "docker export",
    new TarBuilder().file(".dockerenv", "").file("etc/passwd", ""),
    /root filesystem/,
    /docker save/,
  ],
  [
    "buildx type=tar of nearly nothing",
    new TarBuilder().file("README.md", ""),
    /neither manifest.json nor index.json/,
    /docker save/,
  ],
])("%s is refused by name, with what to do", async (_, tar, message, hint) => {
  const { entries, notes } = await scanBuilt(tar);
  const error = refuseLookAlike(new Entries(entries), notes);
  expect(error.message).toMatch(/^Cannot read archive: its? /);
  expect(error.message).toMatch(message);
  expect(error.hint).toMatch(hint);
  expect(error).toMatchObject({ code: "ARCHIVE_UNSUPPORTED", exitCode: 65 });
});
