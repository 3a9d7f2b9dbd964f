import { expect, test } from "vitest";
import { askBinaries } from "../../../src/transfer/plan/binary-witness.ts";
import { buildImage, type ImageSpec, type LayerSpec } from "../../helpers/archives/source-image.ts";

function ask(layers: readonly LayerSpec[], settings: ImageSpec["settings"] = {}): unknown {
  const image = buildImage({ layers, settings });
  const vote = askBinaries(
    image.config,
    image.layers.map(({ contents }) => contents),
  );
  return vote && [vote.architecture, vote.evidence];
}

const busybox: LayerSpec = {
  binaries: [["bin/busybox", "arm64"]],
  links: [["bin/sh", "/bin/busybox"]],
};

test.each([
  {
    title: "its own path",
    command: { Entrypoint: ["/bin/app"] },
    layers: [{ binaries: [["bin/app", "arm"]] }],
  },
  {
    title: "Cmd where there is no Entrypoint",
    command: { Cmd: ["/bin/app"] },
    layers: [{ binaries: [["bin/app", "arm"]] }],
  },
  {
    title: "a symbolic link in an upper layer, relative to its folder",
    command: { Entrypoint: ["/usr/bin/start"] },
    layers: [{ binaries: [["opt/app", "arm"]] }, { links: [["usr/bin/start", "../../opt/app"]] }],
    found: "opt/app",
  },
  {
    title: "usr-merge: bin is a link to usr/bin in the lowest layer",
    command: { Entrypoint: ["/bin/app"] },
    layers: [{ links: [["bin", "usr/bin"]] }, { binaries: [["usr/bin/app", "arm"]] }],
    found: "usr/bin/app",
  },
  {
    title: "several links one after another",
    command: { Entrypoint: ["/a/b"] },
    layers: [
      {
        links: [
          ["a", "/c"],
          ["c", "d/./e//f"],
          ["d/e/f/b", "../g"],
        ],
      },
      { binaries: [["d/e/g", "arm"]] },
    ],
    found: "d/e/g",
  },
  {
    title: "a link that climbs above the root",
    command: { Entrypoint: ["/bin/app"] },
    layers: [{ links: [["bin/app", "../../../../opt/app"]], binaries: [["opt/app", "arm"]] }],
    found: "opt/app",
  },
  {
    title: "a bare command, in the config's PATH, in its order",
    command: { Entrypoint: ["app"], Env: ["PATH=/none:/second:/third"] },
    layers: [
      {
        binaries: [
          ["third/app", "amd64"],
          ["second/app", "arm"],
        ],
      },
    ],
    found: "second/app",
  },
  {
    title: "a bare command, in the usual PATH where the config has none",
    command: { Entrypoint: ["app"] },
    layers: [
      {
        binaries: [
          ["usr/local/bin/app", "arm"],
          ["bin/app", "amd64"],
        ],
      },
    ],
    found: "usr/local/bin/app",
  },
  {
    title: "a relative command, from the working folder",
    command: { Entrypoint: ["./app"], WorkingDir: "/srv/x" },
    layers: [
      {
        binaries: [
          ["srv/x/app", "arm"],
          ["app", "amd64"],
        ],
      },
    ],
    found: "srv/x/app",
  },
  {
    title: "a file that an upper layer puts in place of a link",
    command: { Entrypoint: ["/bin/app"] },
    layers: [
      { links: [["bin/app", "old"]], binaries: [["bin/old", "amd64"]] },
      { binaries: [["bin/app", "arm"]] },
    ],
  },
  {
    title: "a link that an upper layer puts in place of a file",
    command: { Entrypoint: ["/bin/app"] },
    layers: [
      { binaries: [["bin/app", "amd64"]] },
      { links: [["bin/app", "/opt/new"]], binaries: [["opt/new", "arm"]] },
    ],
    found: "opt/new",
  },
] as const)("the entrypoint decides: $title", ({ command, layers, ...rest }) => {
  const many = { counts: { amd64: 100 } };
  expect(ask([...layers, many], command)).toEqual(["arm", "found" in rest ? rest.found : "bin/app"]);
});

test("sh of busybox is followed to busybox", () => {
  expect(ask([busybox], { Entrypoint: ["/bin/sh", "-c", "/start.sh"] })).toEqual(["arm64", "bin/busybox"]);
});

test.each([
  { title: "a script", settings: { Entrypoint: ["/start.sh"] } },
  { title: "no command", settings: {} },
  { title: "a loop of links", settings: { Entrypoint: ["/loop/x"] } },
  { title: "an empty word", settings: { Entrypoint: [""] } },
])("where the entrypoint is $title, the majority decides", ({ settings }) => {
  const loop: LayerSpec = {
    links: [
      ["loop", "pool"],
      ["pool", "/loop"],
    ],
  };
  expect(ask([loop, { counts: { arm: 7, amd64: 1 } }, { counts: { arm: 5 } }], settings)).toEqual([
    "arm",
    "12 of 13 binaries",
  ]);
});

test("one binary is said in the singular", () => {
  expect(ask([{ counts: { s390x: 1 } }])).toEqual(["s390x", "1 of 1 binary"]);
});

test.each([
  { title: "no binaries", layers: [{}] },
  { title: "no layers", layers: [] },
  { title: "a tie", layers: [{ counts: { arm: 2 } }, { counts: { amd64: 2, "386": 1 } }] },
])("$title: no vote", ({ layers }) => {
  expect(ask(layers)).toBeUndefined();
});

test("a path that would obey a terminal is shown harmless", () => {
  const path = "bin/\u{1b}[2Japp";
  expect(ask([{ binaries: [[path, "arm"]] }], { Entrypoint: [`/${path}`] })).toEqual([
    "arm",
    "bin/\\u{1b}[2Japp",
  ]);
});
