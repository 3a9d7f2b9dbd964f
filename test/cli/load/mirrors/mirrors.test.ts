import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { findMirrors } from "../../../../src/cli/load/mirrors/find-mirrors.ts";
import { formatHostsToml } from "../../../../src/cli/load/mirrors/hosts-toml.ts";
import type { MirrorEndpoint } from "../../../../src/cli/load/mirrors/mirror-endpoint.ts";
import { formatRegistriesYaml } from "../../../../src/cli/load/mirrors/registries-yaml.ts";
import type { LoadReport } from "../../../../src/transfer/report/report.ts";
import { denial, listReport, loadReport } from "../../../helpers/load-report.ts";

const http: MirrorEndpoint = { host: "10.0.0.1:5000", scheme: "http", caFile: undefined, skipVerify: false };

/** A report of source names that went to these targets. */
function published(...pairs: readonly (readonly [source: string, target: string])[]): LoadReport {
  const lists = pairs.map(([source, to]) => {
    const [repository = "", tag = ""] = to.split(":");
    return { ...listReport(source, { amd64: "pushed" }), target: { repository, tag } };
  });
  return loadReport(lists, { registry: http.host });
}

interface RegistriesYaml {
  readonly mirrors: Record<string, { endpoint: string[]; rewrite?: Record<string, string> }>;
  readonly configs?: Record<string, unknown>;
}

function readYaml(report: LoadReport, endpoint = http): RegistriesYaml {
  return parseYaml(formatRegistriesYaml(findMirrors(report), endpoint)) as RegistriesYaml;
}

/** Where a node asks for a repository, by registries.yaml. */
function rewrite({ mirrors }: RegistriesYaml, host: string, repository: string): string[] {
  const fitting = Object.entries(mirrors[host]?.rewrite ?? {}).filter(([from]) =>
    new RegExp(from).test(repository),
  );
  return fitting.map(([from, to]) => repository.replace(new RegExp(from), to));
}

/** The files of a --print-hosts-toml, parsed, by host. */
function readToml(report: LoadReport, endpoint = http): Map<string, unknown> {
  const files = formatHostsToml(findMirrors(report), endpoint).split(/^(?=# \/etc)/m);
  return new Map(
    files.map((file) => [/certs\.d\/(.*)\/hosts\.toml/.exec(file)?.[1] ?? "", parseToml(file)] as const),
  );
}

describe("registries.yaml", () => {
  test("points every source host, and the registry's own name, to the registry", () => {
    const { mirrors, configs } = readYaml(
      published(["rancher/pause:3.1", "rancher/pause:3.1"], ["quay.io/coreos/etcd:v3", "coreos/etcd:v3"]),
    );
    const endpoint = ["http://10.0.0.1:5000"];
    expect(mirrors).toEqual({
      "docker.io": { endpoint },
      "quay.io": { endpoint },
      "10.0.0.1:5000": { endpoint },
    });
    expect(configs).toBeUndefined();
  });

  test("puts a prefix in front of whatever is asked for", () => {
    const yaml = readYaml(published(["busybox:1", "k3s/library/busybox:1"], ["a/b:1", "k3s/a/b:1"]));
    expect(rewrite(yaml, "docker.io", "library/busybox")).toEqual(["k3s/library/busybox"]);
    expect(rewrite(yaml, "docker.io", "any/other")).toEqual(["k3s/any/other"]);
  });

  test("has one rule for each repository where they went different ways", () => {
    const yaml = readYaml(
      published(["a/b.c:1", "k3s/a/b.c:1"], ["a/d:1", "k3s/new/d:1"], ["a/e:1", "a/e:1"]),
    );
    expect(rewrite(yaml, "docker.io", "a/b.c")).toEqual(["k3s/a/b.c"]);
    expect(rewrite(yaml, "docker.io", "a/d")).toEqual(["k3s/new/d"]);
    expect(rewrite(yaml, "docker.io", "a/e")).toEqual([]);
    expect(rewrite(yaml, "docker.io", "a/bxc")).toEqual([]);
  });

  test("names the registry once, also where images came with its name", () => {
    const text = formatRegistriesYaml(findMirrors(published(["10.0.0.1:5000/a:1", "k3s/a:1"])), http);
    expect(Object.keys((parseYaml(text) as RegistriesYaml).mirrors)).toEqual(["10.0.0.1:5000"]);
  });

  test("leaves out what was not published", () => {
    const failed = loadReport([listReport("quay.io/a:1", { amd64: "failed" }, { error: denial })]);
    expect(Object.keys(readYaml(failed).mirrors)).toEqual(["10.0.0.1:5000"]);
  });

  test("tells of an authority's file and of certificates that are not checked", () => {
    const endpoint: MirrorEndpoint = { host: "r", scheme: "https", caFile: "/a b/ca.pem", skipVerify: true };
    expect(readYaml(published(["a:1", "library/a:1"]), endpoint).configs).toEqual({
      r: { tls: { ca_file: "/a b/ca.pem", insecure_skip_verify: true } },
    });
  });

  test.each([
    { where: "as it was", target: "library/a:1", line: true },
    { where: "behind a prefix", target: "k3s/library/a:1", line: false },
    { where: "under another name", target: "b:1", line: false },
  ])("has the line of the default registry where all is $where: $line", ({ target, line }) => {
    const text = formatRegistriesYaml(findMirrors(published(["a:1", target])), http);
    expect(text.includes('# system-default-registry: "10.0.0.1:5000"')).toBe(line);
  });

  test("says which names nodes cannot use", () => {
    const text = formatRegistriesYaml(findMirrors(published(["a:1", "library/a:2"])), http);
    expect(text).toContain("# a:1 is found as 10.0.0.1:5000/library/a:2 only");
  });
});

describe("hosts.toml", () => {
  const capabilities = ["pull", "resolve"];

  test("has a file for each source host and one for the registry", () => {
    const files = readToml(published(["a:1", "library/a:1"], ["quay.io/b:1", "b:1"]));
    const host = { "http://10.0.0.1:5000": { capabilities } };
    expect(Object.fromEntries(files)).toEqual({
      "docker.io": { host },
      "quay.io": { host },
      "10.0.0.1:5000": { server: "http://10.0.0.1:5000", host },
    });
  });

  test("puts most names behind their prefix, and says which one is elsewhere", () => {
    const report = published(["x/a:1", "k3s/x/a:1"], ["x/b:1", "k3s/x/b:1"], ["x/c:1", "c:1"]);
    expect(readToml(report).get("docker.io")).toEqual({
      host: { "http://10.0.0.1:5000/v2/k3s": { capabilities, override_path: true } },
    });
    expect(formatHostsToml(findMirrors(report), http)).toContain("# x/c is found as 10.0.0.1:5000/c only");
  });

  test("tells of an authority's file and of certificates that are not checked", () => {
    const endpoint: MirrorEndpoint = { host: "r", scheme: "https", caFile: "/ca.pem", skipVerify: true };
    expect(readToml(published(["a:1", "library/a:1"]), endpoint).get("docker.io")).toEqual({
      host: { "https://r": { capabilities, ca: "/ca.pem", skip_verify: true } },
    });
  });
});
