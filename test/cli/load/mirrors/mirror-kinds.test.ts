import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import { parseAllDocuments, parse as parseYaml } from "yaml";
import type { MirrorKindWord } from "../../../../src/content/option-words.ts";
import { findMirrors } from "../../../../src/cli/load/mirrors/find-mirrors.ts";
import type { MirrorEndpoint } from "../../../../src/cli/load/mirrors/mirror-endpoint.ts";
import { mirrorKinds } from "../../../../src/cli/load/mirrors/mirror-kinds.ts";
import { listMirrorWords } from "../../../../src/cli/load/mirrors/mirror-words.ts";
import { listReport, loadReport } from "../../../helpers/load-report.ts";

const http: MirrorEndpoint = { host: "10.0.0.1:5000", scheme: "http", caFile: undefined, skipVerify: false };
const tls: MirrorEndpoint = { ...http, scheme: "https", caFile: "/etc/site/ca.pem" };

/** What one prefix tells, what one repository has of its own, and what became another tag. */
const mixed = [
  ["docker.io/a/b:1", "site/a/b:1"],
  ["docker.io/a/c:1", "site/a/c:1"],
  ["docker.io/a/d:1", "else/d:1"],
  ["quay.io/e/f:1", "e/f:1"],
  ["quay.io/e/g:1", "e/g:other"],
] as const;

function format(
  printMirrors: MirrorKindWord,
  endpoint = http,
  pairs: readonly (readonly [string, string])[] = mixed,
): { text: string; beyond: readonly string[] } {
  const lists = pairs.map(([source, to]) => {
    const [repository = "", tag = ""] = to.split(":");
    return { ...listReport(source, { amd64: "pushed" }), target: { repository, tag } };
  });
  const mirrors = findMirrors(loadReport(lists, { registry: endpoint.host }));
  const { format, sayBeyond } = mirrorKinds[printMirrors];
  return { text: format(mirrors, endpoint), beyond: sayBeyond?.(mirrors, endpoint) ?? [] };
}

test("each kind is printed once, whatever options ask for it", () => {
  expect(
    listMirrorWords({ printRegistriesYaml: true, printHostsToml: true, printMirrors: "hosts.toml" }),
  ).toEqual(["registries.yaml", "hosts.toml"]);
});

function registryMirror(prefix: string, location: string): unknown {
  return { prefix, location: prefix, mirror: [{ location, insecure: true }] };
}

describe("registries.conf", () => {
  test("has a mirror for each host, and for what lies elsewhere one of its own", () => {
    const { text } = format("registries.conf");
    expect(parseToml(text)).toEqual({
      registry: [
        registryMirror("docker.io", "10.0.0.1:5000/site"),
        registryMirror("docker.io/a/d", "10.0.0.1:5000/else/d"),
        registryMirror("quay.io", "10.0.0.1:5000"),
        { location: "10.0.0.1:5000", insecure: true },
      ],
    });
    expect(text).toContain("# quay.io/e/g:1 is found as 10.0.0.1:5000/e/g:other only");
  });

  test("trusts what it should by a certificate, and says where that goes", () => {
    const { text } = format("registries.conf", tls);

    expect(text).not.toContain("insecure");
    expect(text).toContain("/etc/site/ca.pem as /etc/containers/certs.d/10.0.0.1:5000/ca.crt");
  });
});

test("OpenShift gets the same by digest and by tag", () => {
  const { text } = format("openshift");
  const documents = parseAllDocuments(text).map((document) => document.toJS() as unknown);
  const mirrors = [
    { source: "docker.io", mirrors: ["10.0.0.1:5000/site"] },
    { source: "docker.io/a/d", mirrors: ["10.0.0.1:5000/else/d"] },
    { source: "quay.io", mirrors: ["10.0.0.1:5000"] },
  ];

  expect(documents).toMatchObject([
    { kind: "ImageDigestMirrorSet", spec: { imageDigestMirrors: mirrors } },
    { kind: "ImageTagMirrorSet", spec: { imageTagMirrors: mirrors } },
  ]);
  expect(text).toContain('insecureRegistries: ["10.0.0.1:5000"]');
  expect(format("openshift", tls).text).toContain("additionalTrustedCA, a config map with /etc/site/ca.pem");
});

describe("daemon.json", () => {
  test("mirrors Docker Hub, and tells where the rest is found", () => {
    const { text, beyond } = format("daemon.json", http, [
      ["docker.io/a/b:1", "a/b:1"],
      ["quay.io/e/f:1", "e/f:1"],
    ]);

    expect(JSON.parse(text)).toEqual({
      "registry-mirrors": ["http://10.0.0.1:5000"],
      "insecure-registries": ["10.0.0.1:5000"],
    });
    expect(beyond).toEqual([
      "docker does not mirror quay.io there: its images are found below 10.0.0.1:5000",
    ]);
  });

  test("mirrors nothing below a path, and says so", () => {
    const { text, beyond } = format("daemon.json", tls, [["docker.io/a/b:1", "site/a/b:1"]]);

    expect(JSON.parse(text)).toEqual({});
    expect(beyond).toEqual([
      "docker does not mirror docker.io there: its images are found below 10.0.0.1:5000/site",
      "/etc/site/ca.pem goes to /etc/docker/certs.d/10.0.0.1:5000/ca.crt",
    ]);
  });
});

test("Talos gets an endpoint for each host, with its path as it is", () => {
  const { text } = format("talos", { ...tls, skipVerify: true });
  const base = "https://10.0.0.1:5000";

  expect(parseYaml(text)).toEqual({
    machine: {
      registries: {
        mirrors: {
          "docker.io": { endpoints: [`${base}/v2/site`], overridePath: true },
          "quay.io": { endpoints: [base] },
          "10.0.0.1:5000": { endpoints: [base] },
        },
        config: { "10.0.0.1:5000": { tls: { insecureSkipVerify: true } } },
      },
    },
  });
  expect(text).toContain("# docker.io/a/d is found as 10.0.0.1:5000/else/d only");
  expect(text).toContain("base64 -w0 /etc/site/ca.pem");
});
