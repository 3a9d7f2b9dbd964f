import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { elfHead } from "../helpers/archives/binary-heads.ts";
import { blob, buildImage, buildLayer } from "../helpers/archives/built-image.ts";
import { dockerSave, type Json, LayoutBuilder } from "../helpers/archives/layout-builder.ts";
import { TarBuilder } from "../helpers/archives/tar-builder.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

/** Archives by name with the options that they are given with. */
interface Trouble {
  readonly archives: Readonly<Record<string, TarBuilder | string>>;
  /** Names of archives stand for their paths. */
  readonly args: readonly string[];
}

const machines = { riscv64: 243, ppc64le: 21 } as const;

async function save(
  tags: string[] | null,
  architecture = "amd64",
  word = tags?.[0] ?? "",
): Promise<TarBuilder> {
  const { config, layers } = await buildImage({
    architecture,
    layers: [word.replaceAll(/\W/g, "") || "base"],
  });
  return dockerSave([{ tags, config, layers }]);
}

/** An image with a binary that its archive's option is not for. */
async function saveBinary(tag: string, machine: keyof typeof machines): Promise<TarBuilder> {
  const layer = blob(
    await new TarBuilder().file("bin/tool", elfHead({ machine: machines[machine] })).build(),
  );
  const { config } = await buildImage({ config: { rootfs: { type: "layers", diff_ids: [layer.digest] } } });
  return dockerSave([{ tags: [tag], config, layers: [layer] }]);
}

async function layoutOf(...roots: (readonly [word: string, name?: string])[]): Promise<TarBuilder> {
  const layout = new LayoutBuilder();
  for (const [word, name] of roots) layout.root(await layout.image(word), name);
  return layout.tar();
}

async function multiPlatform(name: string): Promise<TarBuilder> {
  const layout = new LayoutBuilder();
  const children: Json[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    children.push({ ...(await layout.image("m", architecture)), platform: { os: "linux", architecture } });
  }
  return layout.root(layout.index(children), name).tar();
}

const troubles: Readonly<Record<string, () => Promise<Trouble>>> = {
  "two names for one place": async () => ({
    archives: {
      "c1.tar": await save(["quay.io/coll/x:1"], "amd64", "one"),
      "c2.tar": await save(["ghcr.io/coll/x:1"], "amd64", "two"),
    },
    args: ["c1.tar", "c2.tar"],
  }),
  "two names for one place by the operator's own rules": async () => ({
    archives: {
      "d1.tar": await save(["quay.io/ruled/a:1"], "amd64", "one"),
      "d2.tar": await save(["ghcr.io/ruled/b:1"], "amd64", "two"),
    },
    args: ["--rename", "quay.io/ruled/a=ruled/z", "--rename", "ghcr.io/ruled/b=ruled/z", "d1.tar", "d2.tar"],
  }),
  "a child's tag that is a list's": async () => ({
    archives: { "t.tar": await layoutOf(["t1", "site/tag:1"], ["t2", "site/tag:1-amd64"]) },
    args: ["t.tar"],
  }),
  "a child's tag that is a list's in either form": async () => ({
    archives: {
      "u.tar": await layoutOf(
        ["u1", "site/tags:1"],
        ["u2", "site/tags:1-amd64"],
        ["u3", "site/tags:1_amd64"],
      ),
    },
    args: ["u.tar"],
  }),
  "an option against the binaries": async () => ({
    archives: { "p.tar": await saveBinary("site/bin:1", "riscv64") },
    args: ["--amd64", "p.tar"],
  }),
  "two options against the binaries of one name": async () => ({
    archives: {
      "q1.tar": await saveBinary("site/bins:1", "riscv64"),
      "q2.tar": await saveBinary("site/bins:1", "ppc64le"),
    },
    args: ["--amd64", "q1.tar", "--arm64", "q2.tar"],
  }),
  "no architecture anywhere": async () => ({
    archives: { "n.tar": await save(["site/none:1"], "") },
    args: ["n.tar"],
  }),
  "no name": async () => ({ archives: { "a.tar": await save(null, "amd64", "unnamed") }, args: ["a.tar"] }),
  "tags alone": async () => ({
    archives: { "v.tar": await layoutOf(["v1", "v1"], ["v2", "v2"]) },
    args: ["v.tar"],
  }),
  "a digest that is another's": async () => ({
    archives: { "g.tar": await layoutOf(["digest", `quay.io/site/ubi@sha256:${"0".repeat(64)}`]) },
    args: ["g.tar"],
  }),
  "upper case": async () => ({
    archives: { "s.tar": await layoutOf(["s", "quay.io/Site/Shout:1"]) },
    args: ["s.tar"],
  }),
  "a scheme in front": async () => ({
    archives: { "o.tar": await layoutOf(["o", "ocidir://site/scheme:1"]) },
    args: ["o.tar"],
  }),
  "a name of the list that is not there": async () => ({
    archives: { "w.tar": await save(["site/there:1"]), "list.txt": "site/there:1\nsite/absent:1\n" },
    args: ["--image-list", "list.txt", "w.tar"],
  }),
  "foreign layers that are in the archive": async () => {
    const layout = new LayoutBuilder();
    const layer = await buildLayer("foreign");
    const urls = ["https://mcr.microsoft.com/v2/windows/blobs/foreign"];
    const type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    const image = layout.manifest(layout.config("amd64", [layer]), [
      layout.add(blob(gzipSync(layer.bytes)), type, { urls }),
    ]);
    return { archives: { "f.tar": layout.root(image, "site/foreign:1").tar() }, args: ["f.tar"] };
  },
  "an option that fits none of several platforms": async () => ({
    archives: { "m.tar": await multiPlatform("site/multi:1") },
    args: ["--riscv64", "m.tar"],
  }),
};

interface Outcome {
  readonly code: number | null;
  /** What is wrong, a line each. */
  readonly lines: readonly string[];
  readonly remedies: readonly string[];
}

async function write({ archives }: Trouble): Promise<string> {
  const folder = await makeTempFolder();
  for (const [name, tar] of Object.entries(archives)) {
    await writeFile(join(folder, name), typeof tar === "string" ? tar : await tar.build());
  }
  return folder;
}

async function plan(folder: string, args: readonly string[]): Promise<Outcome> {
  const paths = args.map((arg) => (/^\w+\.(?:tar|txt)$/.test(arg) ? join(folder, arg) : arg));
  const { code, stdout, stderr } = await runCli(["--registry", "r.site", "--dry-run", "--offline", ...paths]);
  const told = stdout + stderr;
  const lines = told
    .split("\n")
    .filter((line) => line && !/^(?:read |note: |publishes|If you|error .*reasons:$)/.test(line));
  return { code, lines: lines.filter((line) => !line.startsWith("  --")), remedies: listRemedies(told) };
}

const remedyForm =
  /--(?:no-arch-tags|allow-missing|allow-foreign(?!\))|(?:name|image-platform|rename|arch-tag|repository) (?:'[^']*'|[^\s,;']+)(?: in place of --rename \S+)?)|without an architecture's option/g;

function listRemedies(text: string): string[] {
  return [...new Set([...text.matchAll(remedyForm)].map(([remedy]) => remedy))];
}

function fill(word: string): string {
  return word
    .replaceAll("'", "")
    .replace(/\bNAME\b/, "site/given")
    .replace(/:TAG\b/, ":1")
    .replace(/\bARCHITECTURE\b/, "amd64");
}

/** Gives the command line a remedy as a person would, words that stand for something filled in. */
function apply(args: readonly string[], remedy: string): string[] {
  if (remedy.startsWith("without")) return args.filter((arg) => arg !== "--riscv64");
  const [, option, replaced] = /^(.*?)(?: in place of --rename (\S+))?$/.exec(remedy) ?? [];
  const at = replaced === undefined ? -1 : args.indexOf(replaced);
  const kept = at === -1 ? args : args.toSpliced(at - 1, 2);
  const [, flag = "", value] = /^(\S+)(?: (.*))?$/.exec(option ?? "") ?? [];
  return [flag, ...(value === undefined ? [] : [fill(value)]), ...kept];
}

test.each(Object.entries(troubles))("what is told of %s helps, each remedy by itself", async (_, make) => {
  const trouble = await make();
  const folder = await write(trouble);
  const before = await plan(folder, trouble.args);
  expect(before.remedies).not.toEqual([]);
  for (const remedy of before.remedies) {
    const after = await plan(folder, apply(trouble.args, remedy));
    const stays = before.lines.filter((line) => after.lines.includes(line));
    expect(stays.length, `${remedy} changes nothing:\n${after.lines.join("\n")}`).toBeLessThan(
      before.lines.length,
    );
  }
});

test("whoever does what is told, comes to an end, whatever troubles come together", async () => {
  const some = fc.uniqueArray(fc.constantFrom(...Object.keys(troubles)), { minLength: 1, maxLength: 4 });
  const check = async (titles: readonly string[]): Promise<void> => {
    const made = await Promise.all(titles.flatMap((title) => troubles[title]?.() ?? []));
    const trouble: Trouble = {
      archives: Object.assign({}, ...made.map(({ archives }) => archives)) as Trouble["archives"],
      args: made.flatMap(({ args }) => args),
    };
    const folder = await write(trouble);
    const done = new Set<string>();
    let { args } = trouble;
    let outcome = await plan(folder, args);
    while (outcome.remedies.length > 0) {
      // It names what --name does: one of the two is enough.
      const remedies = outcome.remedies.filter((remedy) => !remedy.startsWith("--repository"));
      for (const remedy of remedies) {
        expect([...done], `${remedy} did not help`).not.toContain(remedy);
        done.add(remedy);
        args = apply(args, remedy);
      }
      outcome = await plan(folder, args);
    }
    expect([outcome.code, outcome.lines.filter((line) => /error|skipped|failed/.test(line))]).toEqual([
      0,
      [],
    ]);
  };
  await fc.assert(fc.asyncProperty(some, check), { numRuns: 15 });
});
