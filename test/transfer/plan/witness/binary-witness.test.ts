import { describe, expect, test } from "vitest";
import { askBinaries, isVote } from "../../../../src/transfer/plan/witness/binary-witness.ts";
import { buildImage, type ImageSpec, type LayerSpec } from "../../../helpers/archives/source-image.ts";

function ask(layers: readonly LayerSpec[], settings: ImageSpec["settings"] = {}): unknown {
  const image = buildImage({ layers, settings });
  const vote = askBinaries(
    image.config,
    image.layers.map(({ contents }) => contents),
  );
  return isVote(vote) ? [vote.architecture, vote.evidence] : vote;
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
  expect(ask([loop, { counts: { arm: 7, amd64: 1 } }, { counts: { arm: 5 }, salt: "b" }], settings)).toEqual([
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

const script = (path: string, interpreter: string) => ({ kind: "script", path, interpreter }) as const;
const decoys = { counts: { amd64: 9 } };

function chain(length: number): LayerSpec {
  return {
    links: Array.from({ length }, (_, i) => [`l${i}`, `l${i + 1}`] as const),
    binaries: [[`l${length}`, "arm64"]],
  };
}

describe("what the container would run", () => {
  test.each([
    {
      title: "a script's interpreter, through a link",
      layers: [decoys, { rows: [script("bin/app", "/bin/sh")], ...busybox }],
      found: "bin/busybox",
    },
    {
      title: "an interpreter that is a script itself",
      layers: [
        { rows: [script("bin/app", "/bin/a"), script("bin/a", "/bin/b")], binaries: [["bin/b", "arm64"]] },
        decoys,
      ],
      found: "bin/b",
    },
    {
      title: "the majority, where the entrypoint is a whiteout's",
      layers: [{ binaries: [["bin/app", "amd64"]] }, { others: ["bin/app"], counts: { arm64: 1 } }],
      found: "1 of 1 binary",
    },
    {
      title: "nothing below a directory that is a file now",
      layers: [{ binaries: [["bin/app", "amd64"]] }, { others: ["bin"], counts: { arm64: 1 } }],
      found: "1 of 1 binary",
    },
    {
      title: "nothing of a lower layer in an opaque directory",
      layers: [
        { binaries: [["bin/app", "amd64"]] },
        { opaque: [""], binaries: [["srv/app", "arm64"]], directories: ["srv"] },
      ],
      found: "1 of 1 binary",
    },
    {
      title: "what is in a directory that takes a link's place",
      layers: [
        { links: [["bin", "usr/bin"]], binaries: [["usr/bin/app", "amd64"]] },
        { directories: ["bin"], binaries: [["bin/app", "arm64"]] },
      ],
      found: "bin/app",
    },
    {
      title: "a lower layer's file by its new name, whatever comes in its place later",
      layers: [
        { binaries: [["bin/real", "arm64"]] },
        { rows: [{ kind: "hardlink", path: "bin/app", target: "bin/real" }] },
        { binaries: [["bin/real", "amd64"]] },
      ],
      found: "bin/app",
    },
  ] as const)("$title", ({ layers, found }) => {
    expect(ask(layers, { Entrypoint: ["/bin/app"] })).toEqual(["arm64", found]);
  });

  test("in PATH, what nobody may execute is passed by, and what is unknown ends the search", () => {
    const library = { kind: "binary", path: "a/app", architecture: "amd64", isExecutable: false } as const;
    const settings = { Entrypoint: ["app"], Env: ["PATH=/x", "PATH=/a:/b"] };
    const real: LayerSpec = { binaries: [["b/app", "arm64"]] };
    expect(ask([decoys, { rows: [library] }, real], settings)).toEqual(["arm64", "b/app"]);
    const unknown = { kind: "program", path: "a/app" } as const;
    expect(ask([decoys, { rows: [unknown] }, real], settings)).toEqual(["amd64", "9 of 10 binaries"]);
  });

  test("forty links are followed and no more", () => {
    expect(ask([decoys, chain(40)], { Entrypoint: ["/l0"] })).toEqual(["arm64", "l40"]);
    expect(ask([decoys, chain(41)], { Entrypoint: ["/l0"] })).toEqual(["amd64", "9 of 10 binaries"]);
  });
});

describe("where runtimes refuse a command, or find different ones", () => {
  const good: LayerSpec = { binaries: [["usr/bin/app", "arm64"]] };
  const here: LayerSpec = { binaries: [["srv/app", "amd64"]] };
  const notSame = { abstained: expect.stringContaining("not the same for all runtimes") };

  test.each([
    { title: "an empty element of PATH", path: ":/usr/bin" },
    { title: "an empty PATH", path: "" },
    { title: "an element that is no absolute path", path: ".:/usr/bin" },
  ])("$title: no vote if the command is in the working directory", ({ path }) => {
    const settings = { Entrypoint: ["app"], Env: [`PATH=${path}`], WorkingDir: "/srv" };
    expect(ask([good, here], settings)).toEqual(notSame);
  });

  test("a search that is longer than any: no vote", () => {
    const far: LayerSpec = { links: [["l", `/${"d/".repeat(2000)}`]] };
    const path = Array.from({ length: 100 }, (_, i) => `/l/${i}`).join(":");
    expect(ask([good, far], { Entrypoint: ["app"], Env: [`PATH=${path}`] })).toEqual(notSame);
  });

  test("what no kernel looks up is not there", () => {
    const long = "x".repeat(256);
    const settings = { Entrypoint: [long], Env: [`PATH=${"/a".repeat(3000)}:/usr/bin`] };
    const layers: LayerSpec[] = [{ binaries: [[`usr/bin/${long}`, "amd64"]] }, { counts: { arm64: 2 } }];
    expect(ask(layers, settings)).toEqual(["arm64", "2 of 3 binaries"]);
  });

  test("an element that finds nothing is passed by", () => {
    const settings = { Entrypoint: ["app"], Env: ["PATH=:x::/usr/bin:"], WorkingDir: "/srv" };
    expect(ask([good, decoys], settings)).toEqual(["arm64", "usr/bin/app"]);
  });

  test.each([
    { title: "without a PATH, though other variables are set", env: ["A=b", "path=/srv"] },
    { title: "whose first PATH is taken away and set again", env: ["PATH=/srv", "PATH", "PATH=/usr/bin"] },
  ])("a command $title is looked up where all runtimes do", ({ env }) => {
    expect(ask([good, here, decoys], { Entrypoint: ["app"], Env: env })).toEqual(["arm64", "usr/bin/app"]);
  });

  test("where PATH is taken away it is the host's, which nobody knows", () => {
    expect(ask([good], { Entrypoint: ["app"], Env: ["PATH=/usr/bin", "PATH"] })).toEqual(notSame);
  });

  test("an entrypoint of one empty word is none, and any other empty command is refused", () => {
    expect(ask([good, decoys], { Entrypoint: [""], Cmd: ["/usr/bin/app"] })).toEqual([
      "arm64",
      "usr/bin/app",
    ]);
    for (const settings of [{ Entrypoint: ["", "/usr/bin/app"] }, { Cmd: [""] }]) {
      expect(ask([good], settings)).toEqual(notSame);
    }
  });

  test.each([
    { title: "a command", settings: { Entrypoint: ["bin/app"] }, rows: [] },
    { title: "an interpreter", settings: { Entrypoint: ["/start"] }, rows: [script("start", "bin/app")] },
  ])("$title with a slash is seen from the working directory", ({ settings, rows }) => {
    const layers = [{ rows, binaries: [["srv/bin/app", "arm64"]] }, decoys] satisfies LayerSpec[];
    for (const [WorkingDir, links] of [
      ["/srv", []],
      ["/here", [["here", "srv"]]],
    ] as const) {
      expect(ask([...layers, { links }], { ...settings, WorkingDir })).toEqual(["arm64", "srv/bin/app"]);
    }
    expect(ask(layers, { ...settings, WorkingDir: "srv" })).toEqual(notSame);
    const root: LayerSpec = { binaries: [["bin/app", "arm64"]] };
    expect(ask([...layers, root], { ...settings, WorkingDir: "" })).toEqual(["arm64", "bin/app"]);
  });
});

describe("what an upper layer has below a lower one's link", () => {
  const lower: LayerSpec = { links: [["bin", "usr/bin"]], binaries: [["usr/bin/app", "amd64"]] };
  const app = { Entrypoint: ["/usr/bin/app"] };
  const notAlike = { abstained: expect.stringContaining("do not unpack them alike") };

  test.each([
    { title: "a whiteout", upper: { others: ["bin/app"] } },
    { title: "a file", upper: { binaries: [["bin/app", "arm64"]] } },
  ] satisfies { title: string; upper: LayerSpec }[])("$title: no vote", ({ upper }) => {
    const layer = { ...upper, directories: ["bin"], implied: ["bin"] };
    expect(ask([lower, layer], app)).toEqual(notAlike);
    expect(ask([lower, { directories: ["srv"] }, layer], app)).toEqual(notAlike);
  });

  test("is in a directory where that layer, or one between, makes one of the link", () => {
    const upper: LayerSpec = { binaries: [["bin/tool", "arm64"]], directories: ["bin"] };
    expect(ask([lower, upper], app)).toEqual(["amd64", "usr/bin/app"]);
    const between = [lower, { directories: ["bin"] }, { ...upper, implied: ["bin"] }];
    expect(ask(between, app)).toEqual(["amd64", "usr/bin/app"]);
  });

  test("does not matter where no program is, as in /var/run of many images", () => {
    const base: LayerSpec = { links: [["var/run", "/run"]], binaries: [["app", "arm64"]] };
    const data: LayerSpec = { others: ["var/run/ko/x"], directories: ["var/run"], implied: ["var/run"] };
    expect(ask([base, data], { Entrypoint: ["/app"] })).toEqual(["arm64", "app"]);
  });

  test("of more links than anybody has: no vote", () => {
    const links = Array.from({ length: 101 }, (_, i) => [`l${i}`, `/d${i}`] as const);
    const names = links.map(([name]) => name);
    expect(ask([{ links }, { directories: names, implied: names }], {})).toEqual(notAlike);
  });
});

test.each([
  { title: "one of whose layers is not known whole", layers: [decoys, { isCut: true }] },
  {
    title: "that links from layer to layer without end",
    layers: [
      { binaries: [["a", "arm64"]] },
      {
        rows: Array.from(
          { length: 101 },
          (_, i) => ({ kind: "hardlink", path: `h${i}`, target: "a" }) as const,
        ),
      },
    ],
  },
] as const)("of an image $title, no binary is asked, and that is said", ({ layers }) => {
  expect(ask(layers)).toEqual({ abstained: expect.stringContaining("its binaries are not asked") });
});

test("a layer that is there a thousand times costs what one does", () => {
  const [layer] = buildImage({ layers: [{ counts: { arm: 10_000 } }] }).layers;
  const { config } = buildImage();
  const contents = Array.from({ length: 1000 }, () => layer!.contents);
  expect(askBinaries(config, contents)).toEqual({ architecture: "arm", evidence: "10000 of 10000 binaries" });
});
