import { describe, expect, test } from "vitest";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import { buildManifest } from "../../../src/oci/manifest.ts";
import { readRefusal } from "../../../src/registry/refusal/refusal.ts";
import { makeBlob } from "../../helpers/registries/publish-app.ts";
import { openPing, scriptStore } from "../../helpers/registries/scripted-store.ts";
import {
  type Answer,
  type Exchange,
  refusal,
  scriptTransport,
} from "../../helpers/registries/scripted-transport.ts";

interface Form {
  readonly name: string;
  readonly body: unknown;
  readonly type?: string;
  readonly expected: Readonly<Record<string, unknown>>;
}

const forms: readonly Form[] = [
  {
    name: "the specification's",
    body: { errors: [{ code: "DENIED", message: "no", detail: { a: 1 } }] },
    expected: { codes: ["DENIED"], message: 'DENIED: no ({"a":1})', isHtml: false },
  },
  {
    name: "two errors",
    body: { errors: [{ code: "denied", message: "no" }, { code: "UNKNOWN" }] },
    expected: { codes: ["DENIED", "UNKNOWN"], message: "DENIED: no; UNKNOWN" },
  },
  {
    name: "a token server's details",
    body: { details: "incorrect" },
    expected: { codes: [], message: "incorrect" },
  },
  {
    name: "OAuth's",
    body: { error: "invalid_grant", error_description: "expired" },
    expected: { message: "expired" },
  },
  { name: "a single object", body: { code: "X", message: "y" }, expected: { codes: ["X"], message: "X: y" } },
  { name: "Pulp's", body: { detail: "Not allowed here." }, expected: { message: "Not allowed here." } },
  { name: "plain text", body: "404 page not found\n", expected: { message: "404 page not found" } },
  { name: "nothing", body: "", expected: { codes: [], message: "" } },
  {
    name: "a web page",
    body: "<html><title> 413 Too Large </title>",
    expected: { isHtml: true, message: 'a web page titled "413 Too Large"' },
  },
  {
    name: "a web page by its type",
    body: "hello",
    type: "text/html; charset=utf-8",
    expected: { isHtml: true, message: "a web page" },
  },
  { name: "control characters", body: "a\u{1b}[31mb\nc", expected: { message: "a\\u{1b}[31mb\\u{a}c" } },
  { name: "JSON that is something else", body: "[1]", expected: { codes: [], message: "[1]" } },
];

describe("an error answer in the form of", () => {
  test.for(forms)("$name", async ({ body, type, expected }) => {
    const answer: Answer = { status: 400, body, ...(type ? { headers: { "content-type": type } } : {}) };
    const transport = scriptTransport([{ on: /./, answer }]);
    const url = new URL("https://registry.site/");
    const response = await transport.request({ method: "GET", url, headers: {}, timeout: 1 });
    expect(await readRefusal(response, 0)).toMatchObject(expected);
  });

  test.for([
    { secret: "s3cret-token", authorization: "Bearer s3cret-token" },
    { secret: "p w/%", authorization: `Basic ${Buffer.from("me:p w/%").toString("base64")}` },
  ])("a secret that is repeated is not told: $authorization", async ({ secret, authorization }) => {
    const credentials = authorization.split(" ")[1] ?? "";
    const body = {
      errors: [
        { code: "DENIED", message: `bad ${secret}, ${credentials}`, detail: { secret } },
        { code: secret, message: "as a code" },
      ],
    };
    const transport = scriptTransport([{ on: /./, answer: { status: 403, body } }]);
    const url = new URL("https://registry.site/");
    const response = await transport.request({ method: "GET", url, headers: {}, timeout: 1 });
    const { message, codes } = await readRefusal(response, 0, authorization);
    expect(message).toContain("bad ***, ***");
    expect(message.toLowerCase()).not.toContain(secret);
    expect(codes).toEqual(["DENIED", "***"]);
  });
});

interface Refused {
  readonly name: string;
  readonly answer: Answer;
  readonly code: string;
  readonly exitCode: number;
  readonly hint?: string;
  /** The ping's challenge, which gives the maker away. */
  readonly realm?: string;
}

const harbor = "https://harbor.site/service/token";
const quay = "https://quay.site/v2/auth";
const openshift = "https://os.site/openshift/token";

const uploads: readonly Refused[] = [
  {
    name: "Harbor without the project",
    realm: harbor,
    answer: refusal(401, "UNAUTHORIZED", "project team not found: project team not found"),
    code: "REPOSITORY_UNKNOWN",
    exitCode: 77,
    hint: 'Create the project "team" in Harbor',
  },
  {
    name: "Harbor without the right",
    realm: harbor,
    answer: refusal(401, "UNAUTHORIZED", "unauthorized to access repository: team/app, action: push"),
    code: "ACCESS_DENIED",
    exitCode: 77,
    hint: "give the account push and pull rights in it",
  },
  {
    name: "a Harbor project that is a proxy cache",
    realm: harbor,
    answer: refusal(403, "DENIED", "can not push artifact to a proxy project: team"),
    code: "PROXY_PROJECT",
    exitCode: 77,
    hint: "choose another project",
  },
  {
    name: "a full Harbor project",
    realm: harbor,
    answer: refusal(403, "DENIED", "adding 1 MiB will exceed the configured upper limit of 1 GiB"),
    code: "QUOTA_EXCEEDED",
    exitCode: 77,
    hint: "quota",
  },
  {
    name: "a Harbor in maintenance",
    realm: harbor,
    answer: refusal(403, "DENIED", "The system is in read only mode. Any modification is prohibited."),
    code: "REGISTRY_READ_ONLY",
    exitCode: 77,
    hint: "maintenance",
  },
  {
    name: "ECR without the repository",
    answer: refusal(
      404,
      "NAME_UNKNOWN",
      "The repository with name 'team/app' does not exist in the registry with id '1'",
    ),
    code: "REPOSITORY_UNKNOWN",
    exitCode: 77,
    hint: 'Create "team"',
  },
  {
    name: "Quay without the organization",
    realm: quay,
    answer: refusal(401, "UNAUTHORIZED", "access to the requested resource is not authorized"),
    code: "ACCESS_DENIED",
    exitCode: 77,
    hint: 'Create the organization "team"',
  },
  {
    name: "Quay without nested names",
    realm: quay,
    answer: refusal(400, "NAME_INVALID", "invalid repository name"),
    code: "NAME_REFUSED",
    exitCode: 77,
    hint: "ORGANIZATION/NAME only",
  },
  {
    name: "OpenShift without the project",
    realm: openshift,
    answer: refusal(401, "UNAUTHORIZED", "authentication required"),
    code: "ACCESS_DENIED",
    exitCode: 77,
    hint: "oc new-project team",
  },
  {
    name: "GitLab without the right",
    realm: "https://gitlab.site/jwt/auth",
    answer: refusal(403, "DENIED", "requested access to the resource is denied"),
    code: "ACCESS_DENIED",
    exitCode: 77,
    hint: "write_registry",
  },
  {
    name: "Gitea without the right",
    realm: "https://gitea.site/v2/token",
    answer: refusal(401, "UNAUTHORIZED", ""),
    code: "ACCESS_DENIED",
    exitCode: 77,
    hint: "write:package",
  },
  {
    name: "Gitea without the owner",
    realm: "https://gitea.site/v2/token",
    answer: refusal(404, "NAME_UNKNOWN", ""),
    code: "REPOSITORY_UNKNOWN",
    exitCode: 77,
    hint: 'Create the user or the organization "team" in Gitea',
  },
  {
    name: "Gitea without the owner, without a word",
    realm: "https://gitea.site/v2/token",
    answer: { status: 404, body: "" },
    code: "REPOSITORY_UNKNOWN",
    exitCode: 77,
    hint: 'Create the user or the organization "team" in Gitea',
  },
  {
    name: "Quay with pushes switched off, at the first request",
    realm: quay,
    answer: refusal(405, "METHOD NOT ALLOWED", "Pushes to the registry are currently disabled."),
    code: "REGISTRY_READ_ONLY",
    exitCode: 77,
    hint: "have writing switched on",
  },
  {
    name: "SWR, which says DENIED with 401",
    realm: "https://swr.site/token",
    answer: refusal(401, "DENIED", "you do not have the permission"),
    code: "ACCESS_DENIED",
    exitCode: 77,
  },
  {
    name: "distribution in read-only mode",
    answer: { status: 405, body: "Method not allowed\n" },
    code: "REGISTRY_READ_ONLY",
    exitCode: 77,
  },
  {
    name: "a registry that does not support it now",
    answer: refusal(405, "UNSUPPORTED", "The operation is unsupported."),
    code: "REGISTRY_READ_ONLY",
    exitCode: 77,
    hint: "A pull-through cache of another registry",
  },
  {
    name: "a full disk",
    answer: { status: 507, body: "insufficient storage" },
    code: "REGISTRY_FULL",
    exitCode: 75,
    hint: "make room there",
  },
  {
    name: "distribution with a full disk",
    answer: {
      status: 500,
      body: {
        errors: [
          {
            code: "UNKNOWN",
            message: "unknown error",
            detail: { drivername: "filesystem", enclosed: { op: "write", path: "/x/startedat", err: 28 } },
          },
        ],
      },
    },
    code: "REGISTRY_FULL",
    exitCode: 75,
    hint: "make room there",
  },
  {
    name: "something nobody has seen yet",
    answer: { status: 418, body: "teapot" },
    code: "REGISTRY_REFUSED",
    exitCode: 76,
  },
];

function pings(realm: string | undefined): Exchange[] {
  if (realm === undefined) return [openPing];
  const challenge = { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}"` } };
  return [
    { on: "GET /v2/", answer: challenge },
    { on: /^GET https:/, answer: { status: 200, body: { token: "t" } } },
  ];
}

/** A registry that refuses a token asks for another, once. */
function renewal(realm: string | undefined, answer: Answer): Exchange[] {
  if (realm === undefined || answer.status !== 401) return [];
  return [
    { on: /^GET https:/, answer: { status: 200, body: { token: "t" } } },
    { on: /^POST /, answer },
  ];
}

describe("an upload refused by", () => {
  test.for(uploads)("$name", async ({ answer, realm, code, exitCode, hint = "" }) => {
    const tries = answer.status === 500 ? 5 : 1;
    const posts = Array.from({ length: tries }, () => ({ on: /^POST /, answer }));
    const script = [...pings(realm), ...posts, ...renewal(realm, answer)];
    const credentials = { username: "u", password: "p" };
    const { store } = await scriptStore(script, { credentials });
    const error: unknown = await store.checkAccess(["team/app"]).catch((caught: unknown) => caught);
    const message = `Cannot push to "registry.site/team/app": registry answered ${answer.status}`;
    expect(error).toMatchObject({ code, exitCode, message: expect.stringContaining(message) });
    expect(hintOf(error)).toContain(hint);
  });
});

const config = makeBlob(10, "config");
const manifest = buildManifest("docker", config.descriptor, []);
const manifests: readonly Omit<Refused, "realm">[] = [
  {
    name: "an old Quay without OCI",
    answer: refusal(415, "MANIFEST_INVALID", "manifest schema version not supported"),
    code: "MEDIA_TYPE_REFUSED",
    exitCode: 76,
    hint: "--format",
  },
  {
    name: "Harbor 1.x without lists",
    answer: refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Manifest.list is not supported."),
    code: "MEDIA_TYPE_REFUSED",
    exitCode: 76,
  },
  {
    name: "Alibaba with attestations",
    answer: refusal(403, "DENIED", "unknown manifest class for application/vnd.oci.empty.v1+json"),
    code: "MEDIA_TYPE_REFUSED",
    exitCode: 76,
  },
  {
    name: "a registry that takes no attestations",
    answer: refusal(403, "DENIED", "unknown manifest class for application/vnd.in-toto+json"),
    code: "ATTESTATION_REFUSED",
    exitCode: 76,
    hint: "--drop-attestations",
  },
  {
    name: "ECR of old",
    answer: refusal(404, "UNSUPPORTED", "Invalid JSON syntax"),
    code: "MEDIA_TYPE_REFUSED",
    exitCode: 76,
  },
  {
    name: "a manifest that is invalid for a reason of its own",
    answer: refusal(400, "MANIFEST_INVALID", "platform is a required property"),
    code: "REGISTRY_REFUSED",
    exitCode: 76,
  },
  {
    name: "Quay with pushes switched off",
    answer: refusal(405, "METHOD NOT ALLOWED", "Pushes to the registry are currently disabled."),
    code: "REGISTRY_READ_ONLY",
    exitCode: 77,
  },
  {
    name: "Artifactory without the right to overwrite",
    answer: refusal(400, "MANIFEST_INVALID", "manifest invalid: HTTP 403 Forbidden"),
    code: "OVERWRITE_DENIED",
    exitCode: 77,
    hint: "delete and overwrite",
  },
  {
    name: "a manifest that is too large",
    answer: refusal(400, "MANIFEST_INVALID", "http: request body too large"),
    code: "MANIFEST_TOO_LARGE",
    exitCode: 65,
  },
  {
    name: "a project that is missing",
    answer: refusal(404, "NOT_FOUND", "project team not found"),
    code: "REPOSITORY_UNKNOWN",
    exitCode: 77,
  },
  {
    name: "a full project",
    answer: refusal(403, "DENIED", "quota exceeded"),
    code: "QUOTA_EXCEEDED",
    exitCode: 77,
  },
  {
    name: "somebody without the right",
    answer: refusal(403, "DENIED", "denied"),
    code: "ACCESS_DENIED",
    exitCode: 77,
  },
];

describe("a manifest refused by", () => {
  test.for(manifests)("$name", async ({ answer, code, exitCode, hint = "" }) => {
    const { store } = await scriptStore([openPing, { on: "PUT /v2/team/app/manifests/1", answer }]);
    const pushed = store.repository("team/app").pushManifest("1", manifest);
    const error: unknown = await pushed.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, exitCode });
    expect(hintOf(error)).toContain(hint);
  });

  const protections: readonly (readonly [string, Answer])[] = [
    [
      "Harbor",
      refusal(412, "PRECONDITION", "Failed to process request due to 'r:t' configured as immutable."),
    ],
    [
      "ECR",
      refusal(
        400,
        "TAG_INVALID",
        "The image tag '1' already exists in the 'x' repository and cannot be overwritten because the tag is immutable.",
      ),
    ],
    ["Quay", refusal(409, "TAG_IMMUTABLE", "tag is immutable")],
    [
      "Google",
      refusal(400, "MANIFEST_INVALID", "cannot update tag 1. The repository has enabled tag immutability"),
    ],
    [
      "Docker Hub",
      refusal(403, "DENIED", "This tag is already assigned and cannot be updated: immutability settings."),
    ],
    ["Azure", refusal(405, "REGISTRY_DISALLOWED_OPERATION", "The operation is disallowed.")],
    ["Nexus", refusal(400, "BLOB_UPLOAD_INVALID", "Repository does not allow updating assets: docker")],
  ];

  test.for(protections)(
    "%s since its tag is protected is no failure where the tag has it",
    async ([, answer]) => {
      const { digest, mediaType, size } = manifest.descriptor;
      const found = {
        "docker-content-digest": digest,
        "content-length": String(size),
        "content-type": mediaType,
      };
      const { store } = await scriptStore([
        openPing,
        { on: "PUT /v2/team/app/manifests/1", answer },
        { on: "HEAD /v2/team/app/manifests/1", answer: { status: 200, headers: found } },
      ]);
      await expect(store.repository("team/app").pushManifest("1", manifest)).resolves.toBeUndefined();
    },
  );

  test.for(protections)(
    "%s since its tag is protected is a failure of that image otherwise",
    async ([, answer]) => {
      const found = {
        "docker-content-digest": config.descriptor.digest,
        "content-length": "1",
        "content-type": "x/y",
      };
      const { store } = await scriptStore([
        openPing,
        { on: "PUT /v2/team/app/manifests/1", answer },
        { on: "HEAD /v2/team/app/manifests/1", answer: { status: 200, headers: found } },
      ]);
      await expect(store.repository("team/app").pushManifest("1", manifest)).rejects.toMatchObject({
        code: "TAG_IMMUTABLE",
        exitCode: 1,
        hint: expect.stringContaining("protects this tag"),
      });
    },
  );
});

function hintOf(error: unknown): string {
  return (error instanceof AirgapError ? error.hint : undefined) ?? "";
}
