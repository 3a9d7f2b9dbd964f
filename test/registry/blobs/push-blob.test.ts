import { describe, expect, test } from "vitest";
import type { BlobOutcome } from "../../../src/content/repository.ts";
import type { RegistryStoreOptions } from "../../../src/registry/registry-store.ts";
import { makeBlob } from "../../helpers/registries/publish-app.ts";
import { openPing, scriptStore } from "../../helpers/registries/scripted-store.ts";
import {
  type Answer,
  breakage,
  type Exchange,
  refusal,
} from "../../helpers/registries/scripted-transport.ts";

const blob = makeBlob(10, "blob");
const { digest } = blob.descriptor;
const text = Buffer.from(blob.bytes).toString();
const encoded = digest.replace(":", "%3A");
const path = "/v2/team/app/blobs";
const head = `HEAD ${path}/${digest}`;
const byte = `GET ${path}/${digest}`;
const post = `POST ${path}/uploads/`;
const put = (id: number): string => `PUT /u/${id}?digest=${encoded}`;

function session(id: number, headers: Answer["headers"] = {}): Answer {
  return { status: 202, headers: { location: `/u/${id}`, ...headers } };
}

const absent: Exchange = { on: head, answer: 404 };
const present: Exchange = { on: head, answer: { status: 200, headers: { "content-length": "10" } } };
function start(id: number): Exchange {
  return { on: post, headers: { "content-length": "0" }, answer: session(id) };
}
function send(id: number, answer: Exchange["answer"] = 201): Exchange {
  const headers = { "content-length": "10", "content-type": "application/octet-stream" };
  return answer instanceof Error
    ? { on: put(id), headers, answer }
    : { on: put(id), headers, body: text, answer };
}
function cancel(id: number): Exchange {
  return { on: `DELETE /u/${id}`, answer: 405 };
}

interface Case {
  readonly name: string;
  readonly script: readonly Exchange[];
  readonly outcome?: BlobOutcome;
  readonly mountFrom?: readonly string[];
  readonly options?: Partial<RegistryStoreOptions>;
}

const cases: readonly Case[] = [
  { name: "is sent with one PUT where it is missing", script: [absent, start(1), send(1)] },
  { name: "is not sent where it is", script: [present], outcome: "present" },
  {
    name: "is not sent where HEAD points elsewhere, and it is there in its size",
    script: [
      { on: head, answer: { status: 307, headers: { location: "/elsewhere" } } },
      { on: "HEAD /elsewhere", answer: { status: 200, headers: { "content-length": "10" } } },
    ],
    outcome: "present",
  },
  {
    name: "is not sent where the place that HEAD points to wants GET",
    script: [
      { on: head, answer: { status: 302, headers: { location: "/elsewhere" } } },
      { on: "HEAD /elsewhere", answer: 403 },
      { on: byte, answer: { status: 206, headers: { "content-range": "bytes 0-0/10" } } },
    ],
    outcome: "present",
  },
  {
    name: "is not sent where HEAD's length of 0 is made up",
    script: [
      { on: head, answer: { status: 200, headers: { "content-length": "0" } } },
      { on: byte, answer: { status: 200, headers: { "content-length": "10" } } },
    ],
    outcome: "present",
  },
  {
    name: "is sent where a broken upload was kept short under its digest, behind a redirect",
    script: [
      { on: head, answer: { status: 302, headers: { location: "/elsewhere" } } },
      { on: "HEAD /elsewhere", answer: { status: 200, headers: { "content-length": "7" } } },
      start(1),
      send(1),
      present,
    ],
  },
  {
    name: "is sent where one of another size is in its place",
    script: [
      { on: head, answer: { status: 200, headers: { "content-length": "9" } } },
      start(1),
      send(1),
      present,
    ],
  },
  { name: "is sent where HEAD is refused", script: [{ on: head, answer: 403 }, start(1), send(1)] },
  {
    name: "is sent after a second HEAD where the first failed",
    script: [{ on: head, answer: 500 }, absent, start(1), send(1)],
  },
  ...[307, 308].map((status) => ({
    name: `is sent once more to where ${status} at the PUT points`,
    script: [
      absent,
      start(1),
      send(1, { status, headers: { location: "https://storage.site/there" } }),
      {
        on: "PUT https://storage.site/there",
        headers: { "content-length": "10", authorization: undefined },
        body: text,
        answer: 201,
      },
    ],
  })),
  {
    name: "is mounted from where it is",
    script: [absent, { on: `${post}?mount=${encoded}&from=team%2Fbase`, answer: 201 }],
    mountFrom: ["team/base"],
    outcome: "mounted",
  },
  {
    name: "is mounted from the first place that works",
    script: [
      absent,
      { on: `${post}?mount=${encoded}&from=a`, answer: 401 },
      { on: `${post}?mount=${encoded}&from=b`, answer: session(1) },
      cancel(1),
      { on: `${post}?mount=${encoded}&from=c`, answer: 201 },
    ],
    mountFrom: ["a", "team/app", "b", "c"],
    outcome: "mounted",
  },
  {
    name: "is sent into the upload that is opened instead of a mount",
    script: [absent, { on: `${post}?mount=${encoded}&from=a`, answer: session(7) }, send(7)],
    mountFrom: ["a"],
  },
  {
    name: "is sent where a mount fails, whatever the reason",
    script: [
      absent,
      { on: `${post}?mount=${encoded}&from=a`, answer: breakage("ECONNRESET") },
      start(1),
      send(1),
    ],
    mountFrom: ["a"],
  },
  {
    name: "is there when the answer to its last byte was lost",
    script: [absent, start(1), send(1, breakage("ECONNRESET")), present],
  },
  {
    name: "is sent again from the first byte where it was lost on its way",
    script: [absent, start(1), send(1, breakage("ECONNRESET")), absent, start(2), send(2)],
  },
  {
    name: "goes with PATCH after two resets and no success",
    script: [
      absent,
      start(1),
      send(1, breakage("ECONNRESET")),
      absent,
      start(2),
      send(2, breakage("EPIPE")),
      absent,
      start(3),
      {
        on: "PATCH /u/3",
        headers: { "content-range": undefined, "content-length": "10" },
        body: text,
        answer: session(33),
      },
      { on: put(33), headers: { "content-length": "0" }, body: "", answer: 201 },
    ],
  },
  {
    name: "is waited for where a proxy did not wait for the commit",
    script: [absent, start(1), send(1, 504), absent, absent, absent, present],
  },
  {
    name: "is sent into a new upload where the old one is dead",
    script: [
      absent,
      start(1),
      send(1, refusal(404, "BLOB_UPLOAD_UNKNOWN")),
      absent,
      start(2),
      send(2, 416),
      absent,
      start(3),
      send(3),
    ],
  },
  {
    name: "is there where Nexus refuses to write it twice",
    script: [absent, start(1), send(1, refusal(400, "BLOB_UPLOAD_INVALID", "cannot be updated")), present],
  },
  {
    name: "is sent once more where its bytes were changed on the way",
    script: [absent, start(1), send(1, refusal(400, "DIGEST_INVALID")), start(2), send(2)],
  },
  {
    name: "is sent with a new token after a 401",
    script: [
      absent,
      start(1),
      send(1, { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }),
      send(1),
    ],
    options: { credentials: { username: "u", password: "p" } },
  },
  {
    name: "goes to another host without what was signed",
    script: [
      { on: head, answer: { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } } },
      { on: head, headers: { authorization: /^Basic / }, answer: 404 },
      {
        on: post,
        headers: { authorization: /^Basic / },
        answer: { status: 202, headers: { location: "https://s3.site/u?sig=1" } },
      },
      {
        on: `PUT https://s3.site/u?sig=1&digest=${encoded}`,
        headers: { authorization: undefined },
        body: text,
        answer: 201,
      },
    ],
    options: { credentials: { username: "u", password: "p" } },
  },
  {
    name: "waits as long as it is asked to",
    script: [
      absent,
      start(1),
      send(1, { status: 429, headers: { "retry-after": "7" } }),
      absent,
      start(2),
      send(2),
    ],
  },
];

/** A chunk of the bytes from the first number to before the second one. */
function patch(id: number, from: number, to: number): Exchange {
  return {
    on: `PATCH /u/${id}`,
    headers: { "content-range": `${from}-${to - 1}`, "content-length": String(to - from) },
    answer: session(id + 1),
  };
}

describe("a blob", () => {
  test.for(cases)("$name", async ({ script, outcome = "pushed", mountFrom, options }) => {
    const { store } = await scriptStore([openPing, ...script], options);
    const pushed = store
      .repository("team/app")
      .pushBlob(blob.descriptor, blob.open, mountFrom ? { mountFrom } : {});
    expect(await pushed).toBe(outcome);
  });

  test("of 2.5 chunks goes in three PATCHes with their ranges", async () => {
    const kib = 1024;
    const large = makeBlob(2 * 900 * kib + 450 * kib, "large");
    const name = large.descriptor.digest.replace(":", "%3A");
    const { store } = await scriptStore([
      openPing,
      { on: `HEAD ${path}/${large.descriptor.digest}`, answer: 404 },
      start(1),
      { on: `PUT /u/1?digest=${name}`, answer: 413 },
      cancel(1),
      start(1),
      patch(1, 0, 900 * kib),
      patch(2, 900 * kib, 1800 * kib),
      patch(3, 1800 * kib, 2250 * kib),
      { on: `PUT /u/4?digest=${name}`, headers: { "content-length": "0" }, answer: 201 },
    ]);
    expect(await store.repository("team/app").pushBlob(large.descriptor, large.open)).toBe("pushed");
  });

  test("for ECR ends with its last chunk in the PUT", async () => {
    const host = "1.dkr.ecr.eu-west-1.amazonaws.com";
    const mib = 1024 * 1024;
    const large = makeBlob(10 * mib, "ecr");
    const name = large.descriptor.digest.replace(":", "%3A");
    const at = (path: string): string => path.replace(" ", ` https://${host}`);
    const { store } = await scriptStore(
      [
        { ...openPing, on: at("GET /v2/") },
        { on: at(`HEAD ${path}/${large.descriptor.digest}`), answer: 404 },
        { on: at(post), answer: session(1) },
        { on: at(`PUT /u/1?digest=${name}`), answer: 413 },
        { on: at("DELETE /u/1"), answer: 204 },
        { on: at(post), answer: session(1) },
        {
          on: at("PATCH /u/1"),
          headers: { "content-range": `0-${8 * mib - 1}` },
          answer: { ...session(1), status: 201 },
        },
        {
          on: at(`PUT /u/1?digest=${name}`),
          headers: { "content-range": `${8 * mib}-${10 * mib - 1}` },
          answer: 201,
        },
      ],
      { host },
    );
    expect(await store.repository("team/app").pushBlob(large.descriptor, large.open)).toBe("pushed");
  });

  test("is counted from zero in each try", async () => {
    const { store } = await scriptStore([
      openPing,
      absent,
      start(1),
      send(1, 502),
      absent,
      start(2),
      send(2),
    ]);
    const counts: number[] = [];
    await store
      .repository("team/app")
      .pushBlob(blob.descriptor, blob.open, { onBytes: (sent) => counts.push(sent) });
    expect(counts).toEqual([0, 10, 0, 10]);
  });

  test("is sent at the rate that is asked for", async () => {
    const large = makeBlob(1_000_000, "rate");
    const { store, clock } = await scriptStore(
      [
        openPing,
        { on: `HEAD ${path}/${large.descriptor.digest}`, answer: 404 },
        start(1),
        { on: /^PUT \/u\/1/, answer: 201 },
      ],
      { limitRate: 100_000 },
    );
    const before = clock.now();
    await store.repository("team/app").pushBlob(large.descriptor, large.open);
    expect((clock.now() - before) / 1000).toBeGreaterThan(9.6);
    expect((clock.now() - before) / 1000).toBeLessThanOrEqual(10);
  });
});

interface BadCase {
  readonly name: string;
  readonly script: readonly Exchange[];
  readonly error: Readonly<Record<string, unknown>>;
}

const failing: readonly BadCase[] = [
  {
    name: "a refusal to open an upload",
    script: [
      absent,
      { on: post, answer: refusal(403, "DENIED", "requested access to the resource is denied") },
    ],
    error: { code: "ACCESS_DENIED", exitCode: 77 },
  },
  {
    name: "an upload without an address",
    script: [absent, { on: post, answer: 202 }],
    error: { code: "LOCATION_INVALID", exitCode: 76 },
  },
  {
    name: "uploads that are lost three times in each form",
    script: [
      absent,
      ...[1, 2, 3].flatMap((id) => [start(id), send(id, refusal(404, "BLOB_UPLOAD_UNKNOWN")), absent]),
      ...[4, 5, 6].flatMap((id) => [
        start(id),
        { on: `PATCH /u/${id}`, answer: refusal(404, "BLOB_UPLOAD_UNKNOWN") },
        absent,
      ]),
      ...[7, 8, 9].flatMap((id) => [
        start(id),
        { on: `PATCH /u/${id}`, answer: refusal(404, "BLOB_UPLOAD_UNKNOWN") },
        absent,
      ]),
    ],
    error: { code: "UPLOAD_LOST", exitCode: 76, hint: expect.stringContaining("REGISTRY_HTTP_SECRET") },
  },
  {
    name: "bytes that are changed on their way each time",
    script: [
      absent,
      start(1),
      send(1, refusal(400, "DIGEST_INVALID")),
      start(2),
      send(2, refusal(400, "DIGEST_INVALID")),
    ],
    error: { code: "DIGEST_REFUSED", exitCode: 76, hint: expect.stringContaining("disk may be full (zot") },
  },
  {
    name: "a limit below the smallest chunk",
    script: [absent, start(1), send(1, 413), cancel(1)],
    error: { code: "TOO_LARGE", hint: expect.stringContaining("client_max_body_size 0") },
  },
  {
    name: "a full project",
    script: [
      absent,
      start(1),
      send(1, refusal(403, "DENIED", "will exceed the configured upper limit of 1 GiB")),
      cancel(1),
    ],
    error: { code: "QUOTA_EXCEEDED", exitCode: 77 },
  },
  {
    name: "trouble that does not end",
    script: [absent, ...[1, 2, 3, 4, 5].flatMap((id) => [start(id), send(id, 503), absent])],
    error: { code: "REGISTRY_GAVE_UP", exitCode: 75 },
  },
];

describe("a blob that cannot be pushed", () => {
  test.for(failing)("since there is $name", async ({ script, error }) => {
    const { store } = await scriptStore([openPing, ...script]);
    await expect(store.repository("team/app").pushBlob(blob.descriptor, blob.open)).rejects.toMatchObject(
      error,
    );
  });
});

test("that its bytes go to another host is told", async () => {
  const elsewhere = "https://blobs.other.site/u/1";
  const { store, notices } = await scriptStore([
    openPing,
    absent,
    { on: post, answer: { status: 202, headers: { location: elsewhere } } },
    { on: `PUT ${elsewhere}?digest=${encoded}`, answer: 201 },
  ]);
  await store.repository("team/app").pushBlob(blob.descriptor, blob.open);
  expect(notices).toEqual([
    'Registry "registry.site" has uploads go to "https://blobs.other.site", as its external address, or its proxy (X-Forwarded-Proto, Host), says',
  ]);
});

test.each([
  { name: "answers 503", failure: 503 },
  { name: "does not answer (ECONNREFUSED)", failure: breakage("ECONNREFUSED") },
])("a long wait before the next try is told where the registry $name", async ({ name, failure }) => {
  const tries = [1, 2, 3, 4].flatMap((id) => [start(id), send(id, failure), absent]);
  const { store, notices } = await scriptStore([openPing, absent, ...tries, start(5), send(5)]);
  await store.repository("team/app").pushBlob(blob.descriptor, blob.open);
  const [waits, ...others] = notices;
  expect(others).toEqual([]);
  // A fifth of it is drawn by lot.
  expect(waits?.replace(/in (?:8|9|10) s/, "in 8 s")).toBe(
    `Registry "registry.site" ${name}, trying again in 8 s (5 of 5)`,
  );
});

test("a registry that is still at work behind an impatient proxy is told once", async () => {
  const waiting = [absent, absent, absent, present];
  const { store, notices } = await scriptStore([openPing, absent, start(1), send(1, 504), ...waiting]);
  await store.repository("team/app").pushBlob(blob.descriptor, blob.open);
  expect(notices).toEqual([
    'Registry "registry.site" is still at work on a blob that was sent whole: asking for it until it is there',
  ]);
});
