import { describe, expect, test } from "vitest";
import { parseChallenges } from "../../../src/registry/auth/challenge.ts";
import { detectVendor } from "../../../src/registry/refusal/vendor.ts";

interface Case {
  readonly vendor: string;
  readonly host?: string;
  readonly challenge?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  { vendor: "docker-hub", host: "docker.io" },
  { vendor: "ecr", host: "123.dkr.ecr.eu-central-1.amazonaws.com" },
  { vendor: "ecr", host: "123.dkr.ecr.cn-north-1.amazonaws.com.cn" },
  { vendor: "acr", host: "site.azurecr.io" },
  { vendor: "gar", host: "europe-docker.pkg.dev" },
  { vendor: "gar", host: "eu.gcr.io" },
  { vendor: "ghcr", host: "ghcr.io" },
  { vendor: "swr", host: "swr.eu-west-101.myhuaweicloud.com" },
  { vendor: "alibaba", host: "registry.cn-hangzhou.aliyuncs.com" },
  { vendor: "quay", host: "quay.io" },
  {
    vendor: "harbor",
    challenge: 'Bearer realm="https://harbor.site/service/token",service="harbor-registry"',
  },
  { vendor: "harbor", challenge: 'Basic realm="harbor"' },
  { vendor: "quay", challenge: 'Bearer realm="https://quay.site/v2/auth"' },
  { vendor: "gitlab", challenge: 'Bearer realm="https://gitlab.site/jwt/auth"' },
  { vendor: "gitea", challenge: 'Bearer realm="https://git.site/v2/token"' },
  {
    vendor: "artifactory",
    challenge: 'Bearer realm="https://art.site/artifactory/api/docker/local/v2/token"',
  },
  { vendor: "pulp", challenge: 'Bearer realm="https://pulp.site/token/"' },
  { vendor: "openshift", challenge: 'Bearer realm="https://os.site/openshift/token"' },
  { vendor: "nexus", headers: { server: "Nexus/3.70.0-03 (OSS)" } },
  { vendor: "artifactory", headers: { "x-artifactory-id": "1" } },
  { vendor: "distribution", headers: { "docker-distribution-api-version": "registry/2.0" } },
  {
    vendor: "zot",
    headers: { "docker-distribution-api-version": "registry/2.0", "content-length": "0" },
  },
  { vendor: "unknown" },
  { vendor: "unknown", host: "ghcr.io.evil.site" },
  { vendor: "unknown", host: "notgcr.io" },
];

describe("whose registry it is", () => {
  test.for(cases)(
    "$vendor: $host $challenge $headers",
    ({ vendor, host = "registry.site:5000", challenge, headers }) => {
      const challenges = parseChallenges(challenge === undefined ? [] : [challenge]);
      const listed = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name, [value]]));
      expect(detectVendor(host, challenges, listed).name).toBe(vendor);
    },
  );
});
