import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { findImages } from "../../src/lists/find-images.ts";
import { errorCode } from "../helpers/error-code.ts";

const names = (text: string): string[] => findImages(text, "f").images.map(({ name }) => name);

/** A text, and every image in it. */
const cases: readonly (readonly [title: string, text: string, images: readonly string[]])[] = [
  [
    "a list",
    "# k3s\nrancher/pause:3.1\n\ndocker.io/rancher/coredns:1.8  # comment\r\nnginx\n",
    ["rancher/pause:3.1", "docker.io/rancher/coredns:1.8", "nginx"],
  ],
  [
    "Rancher's list with sources",
    "rancher/fleet:v0.9 rancher,fleet\nrancher/shell:v0.1 rancher\n",
    ["rancher/fleet:v0.9", "rancher/shell:v0.1"],
  ],
  [
    "pins",
    `app:1.0@sha256:${"a".repeat(64)}\napp@sha256:${"b".repeat(64)}\n`,
    [`app:1.0@sha256:${"a".repeat(64)}`, `app@sha256:${"b".repeat(64)}`],
  ],
  ["a list that is YAML", "- nginx:1.25\n- quay.io/a/b:2\n", ["nginx:1.25", "quay.io/a/b:2"]],
  ["a list that is JSON", '["nginx:1.25","quay.io/a/b:2"]', ["nginx:1.25", "quay.io/a/b:2"]],
  [
    "a pod with every kind of container, and a volume that is an image",
    `apiVersion: v1
kind: Pod
metadata: {name: web, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"image":"old:1"}'}}
spec:
  initContainers: [{name: i, image: "busybox:1.36"}]
  containers: [{name: c, image: nginx:1.25, imagePullPolicy: Always}]
  ephemeralContainers: [{name: e, image: alpine:3.19}]
  volumes: [{name: v, image: {reference: quay.io/data/set:1, pullPolicy: Always}}]
status: {containerStatuses: [{image: "docker.io/library/nginx:other"}]}`,
    ["busybox:1.36", "nginx:1.25", "alpine:3.19", "quay.io/data/set:1"],
  ],
  [
    "what kubectl prints as JSON",
    JSON.stringify({
      apiVersion: "v1",
      kind: "List",
      items: [
        {
          apiVersion: "apps/v1",
          kind: "DaemonSet",
          metadata: { name: "d" },
          spec: { template: { spec: { containers: [{ image: "a:1" }] } } },
        },
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: "b:1" }] } } } } },
        },
      ],
    }),
    ["a:1", "b:1"],
  ],
  [
    "several documents, as helm template writes them",
    "# Source: x\napiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{image: a:1}]}}}\n---\n\n---\napiVersion: v1\nkind: Service\nspec: {ports: []}\n---\napiVersion: batch/v1\nkind: Job\nspec: {template: {spec: {containers: [{image: b:1}]}}}\n",
    ["a:1", "b:1"],
  ],
  [
    "custom resources, whole and in parts",
    "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec:\n  image: quay.io/prometheus/prometheus:v2\n  thanos: {baseImage: quay.io/thanos/thanos:v0.34}\n  sidecar: {image: {registry: ghcr.io, repository: org/side, tag: 1.0.1}}\n  osImage: Ubuntu 22.04\n",
    ["quay.io/prometheus/prometheus:v2", "quay.io/thanos/thanos:v0.34", "ghcr.io/org/side:1.0.1"],
  ],
  [
    "arguments, variables and sidecars in a ConfigMap's text",
    'apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - image: operator:1\n          args: ["--prometheus-config-reloader=quay.io/po/reloader:v1", "--v=2", "--url=https://a.b/c:1"]\n          env: [{name: RELATED_IMAGE_DB, value: "quay.io/db/pg:15"}, {name: X, value: y}]\n---\napiVersion: v1\nkind: ConfigMap\ndata:\n  template: |\n    containers:\n    - name: proxy\n      image: "docker.io/istio/proxyv2:1.20"\n    - image: {{ .Values.x }}\n',
    ["operator:1", "quay.io/po/reloader:v1", "quay.io/db/pg:15", "docker.io/istio/proxyv2:1.20"],
  ],
  [
    "a chart's annotations",
    "apiVersion: v2\nname: app\nversion: 1.0.0\nannotations:\n  artifacthub.io/images: |\n    - name: app\n      image: ghcr.io/org/app:1.0\n      platforms: [linux/amd64]\n  helm.sh/images: |\n    - quay.io/org/db:2\n",
    ["ghcr.io/org/app:1.0", "quay.io/org/db:2"],
  ],
  [
    "Images.lock",
    "apiVersion: v0\nkind: ImagesLock\nmetadata: {generatedAt: x}\nchart: {name: wordpress, version: 1.0.0}\nimages:\n  - {name: db, image: docker.io/bitnami/mariadb:11, chart: mariadb, digests: [{digest: sha256:aa, arch: linux/amd64}]}\n",
    ["docker.io/bitnami/mariadb:11"],
  ],
  [
    "a compose file, with its variables' defaults",
    'services:\n  web: {image: "nginx:${TAG:-1.25}", build: .}\n  own: {build: ./own}\n  db: {image: postgres:16}\n',
    ["nginx:1.25", "postgres:16"],
  ],
  [
    "a kustomization",
    "kind: Kustomization\nimages: [{name: app, newName: quay.io/org/app, newTag: 1.2}]\n",
    ["quay.io/org/app:1.2"],
  ],
  [
    "a chart's values",
    "web: {image: {repository: org/web, tag: '1.0'}}\nsidecar: {image: quay.io/a/b:1}\nreplicas: 3\n",
    ["org/web:1.0", "quay.io/a/b:1"],
  ],
  ["nothing", "", []],
];

describe("an image list", () => {
  test.each(cases)("is read out of %s", (_, text, images) => {
    const { images: found, unread } = findImages(text, "f");
    expect(found.map(({ name }) => name)).toEqual(images);
    expect(unread).toEqual([]);
  });

  test("tells where each image is named, and names it once", () => {
    expect(findImages("\nnginx:1\nnginx:1\n", "a.txt").images).toEqual([
      { name: "nginx:1", where: "a.txt line 2" },
    ]);
    const pod = {
      kind: "Pod",
      metadata: { namespace: "d", name: "web" },
      spec: { containers: [{ image: "a:1" }] },
    };
    expect(findImages(stringify(pod), "pods.yaml").images).toEqual([
      { name: "a:1", where: "pods.yaml: Pod d/web, spec.containers[0].image" },
    ]);
  });

  test("tells what looks like an image and has no name that can be read", () => {
    const { unread } = findImages("services: {a: {image: 'app:${TAG}'}}", "compose.yaml");
    expect(unread).toEqual([{ name: "app:${TAG}", where: "compose.yaml: services.a.image" }]);
    expect(findImages("Upper/Case:1\nok:1\n", "l").unread).toEqual([
      { name: "Upper/Case:1", where: "l line 1" },
    ]);
  });

  test("tells a chart's annotation that is no YAML", () => {
    const chart = "apiVersion: v2\nname: app\nannotations: {helm.sh/images: 'a: [b'}\n";
    expect(findImages(chart, "Chart.yaml").unread).toEqual([
      { name: "a: [b", where: 'Chart.yaml: annotations["helm.sh/images"]' },
    ]);
  });

  test("names the line of YAML that is broken", () => {
    expect(errorCode(() => findImages("a: b\nc: [d\ne: f: g\n", "bad.yaml"))).toBe("IMAGE_LIST_INVALID");
    expect(() => findImages("kind: Pod\nspec: {a: [}\n", "bad.yaml")).toThrow(/"bad.yaml" line 2/);
  });

  test("stays small where a text's aliases would make it large", () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from("bcdefghij")
      .map((key, at) => `${key}: &${key} [${Array(9).fill(`*${"abcdefghi"[at]}`).join(",")}]`)
      .join("\n")}`;
    expect(() => findImages(bomb, "bomb.yaml")).toThrow(/alias/i);
  });
});

const reference = fc
  .tuple(
    fc.constantFrom("quay.io/", "ghcr.io/org/", "", "host:5000/"),
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.stringMatching(/^[a-z0-9]{1,6}$/),
  )
  .map(([host, name, tag]) => `${host}${name}:${tag}`);

test("finds every image of a pod, wherever in a tree of other resources it is", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(reference, { maxLength: 12 }),
      fc.nat(3),
      fc.boolean(),
      (images, depth, json) => {
        const wrap = (value: unknown, levels: number): unknown =>
          levels === 0 ? value : { nested: [wrap(value, levels - 1)] };
        const documents = images.map((image, at) => ({
          apiVersion: "v1",
          kind: "Thing",
          spec: wrap({ [at % 2 ? "containers" : "initContainers"]: [{ name: "c", image }] }, depth),
        }));
        const text = json
          ? JSON.stringify({ kind: "List", apiVersion: "v1", items: documents })
          : documents.map((document) => stringify(document)).join("---\n");
        expect(names(text)).toEqual(images);
      },
    ),
  );
});

test("the line that is no name is told, not the one that the list begins with", () => {
  const list = "rancher/pause:3.1\n# more\nrancher/coredns:1.8\nbad name!!\n";
  expect(() => findImages(list, "list.txt")).toThrow(
    'Cannot read "list.txt" line 4: "bad name!!": it is neither a name nor YAML that names images',
  );
});
