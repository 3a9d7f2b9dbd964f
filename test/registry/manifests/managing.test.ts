import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { scriptStore, openPing } from "../../helpers/registries/scripted-store.ts";
import { type Answer, type Exchange, refusal } from "../../helpers/registries/scripted-transport.ts";

const digest = digestOf("manifest");
const catalog = "/v2/_catalog?n=1000";

function page(repositories: readonly unknown[], next?: string): Answer {
  return {
    status: 200,
    headers: next === undefined ? {} : { link: `<${next}>; rel="next"` },
    body: { repositories },
  };
}

/** Asked for again after more than three minutes. */
function slowly(path: string, answer: Answer): Exchange[] {
  return [
    { on: `GET ${path}`, answer: { status: 503, headers: { "retry-after": "200" } } },
    { on: `GET ${path}`, answer },
  ];
}

describe("the repositories of a registry", () => {
  test("come page by page, each once, and what is no name is told", async () => {
    const { store, notices } = await scriptStore([
      openPing,
      { on: `GET ${catalog}`, answer: page(["b", "a/c"], "/v2/_catalog?n=1000&last=b") },
      { on: "GET /v2/_catalog?n=1000&last=b", answer: page(["b", "../../etc", "d"]) },
    ]);
    expect(await store.listRepositories()).toEqual(["a/c", "b", "d"]);
    expect(notices).toEqual(['Registry "registry.site" names "../../etc", which is no repository']);
  });

  test("are asked of the registry itself, wherever a page says that the next one is", async () => {
    const { store } = await scriptStore([
      openPing,
      { on: `GET ${catalog}`, answer: page(["a"], "http://169.254.169.254/v2/_catalog?last=a") },
      { on: "GET /v2/_catalog?last=a", answer: page(["b"]) },
    ]);
    expect(await store.listRepositories()).toEqual(["a", "b"]);
  });

  test("end where a registry takes minutes for every small page", async () => {
    const paths = [catalog, ...["a", "b", "c", "d"].map((last) => `/v2/_catalog?last=${last}`)];
    const pages = ["a", "b", "c", "d"].flatMap((name, at) =>
      slowly(paths[at] ?? "", page([name], `/v2/_catalog?last=${name}`)),
    );
    const { store } = await scriptStore([openPing, ...pages]);
    await expect(store.listRepositories()).rejects.toMatchObject({
      code: "REGISTRY_TIMEOUT",
      exitCode: 75,
      message: expect.stringMatching(
        /^Cannot list the repositories of "registry.site": "registry.site" answers too slowly/,
      ),
    });
  });

  test.each<{ title: string; pages: readonly Exchange[]; message: string }>([
    {
      title: "go round in circles",
      pages: [
        { on: `GET ${catalog}`, answer: page(["a"], "/v2/_catalog?last=a") },
        { on: "GET /v2/_catalog?last=a", answer: page(["b"], catalog) },
      ],
      message: "a page names itself as the next",
    },
    {
      title: "break off",
      pages: [
        { on: `GET ${catalog}`, answer: page(["a"], "/v2/_catalog?last=a") },
        { on: "GET /v2/_catalog?last=a", answer: 404 },
      ],
      message: "it breaks off",
    },
    ...["/v2/_catalog?last=a; rel=next", '<https://[::x>; rel="next"'].map((link) => ({
      title: `name their next page as ${link}`,
      pages: [
        { on: `GET ${catalog}`, answer: { status: 200, headers: { link }, body: { repositories: ["a"] } } },
      ],
      message: "the link to its next page cannot be read",
    })),
    { title: "are no names", pages: [{ on: `GET ${catalog}`, answer: page([{}]) }], message: "repository" },
  ])("are refused where they $title", async ({ pages, message }) => {
    const { store } = await scriptStore([openPing, ...pages]);
    await expect(store.listRepositories()).rejects.toThrow(message);
  });

  test.each([401, 403, 404, 405])("are unknown where the registry answers %i", async (status) => {
    const { store } = await scriptStore([openPing, { on: `GET ${catalog}`, answer: status }]);
    expect(await store.listRepositories()).toBeUndefined();
  });

  test("are asked for by a right of their own, and unknown where that is refused", async () => {
    const scope = "scope=registry%3Acatalog%3A*";
    const { store } = await scriptStore(
      [bearerPing, { on: `${getToken}&${scope}`, answer: refusal(403, "DENIED") }],
      { credentials },
    );
    expect(await store.listRepositories()).toBeUndefined();
  });
});

test("tags that are none are refused: they would be asked for as something else", async () => {
  const { store } = await scriptStore([
    openPing,
    { on: "GET /v2/app/tags/list?n=1000", answer: { status: 200, body: { tags: ["1", "../../other"] } } },
  ]);
  await expect(store.repository("app").listTags()).rejects.toThrow('names "../../other", which is no tag');
});

const credentials = { username: "a", password: "b" };
const realm = "https://auth.site/token";
const getToken = `GET ${realm}?account=a&service=reg`;
const bearerPing: Exchange = {
  on: "GET /v2/",
  answer: { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}",service="reg"` } },
};

describe("deleting", () => {
  const remove = { on: `DELETE /v2/app/manifests/${digest}` };

  test("asks for the right to delete, which nothing else does, and for a new token where one has run out", async () => {
    const scope = "scope=repository%3Aapp%3Apull%2Cdelete";
    const { store } = await scriptStore(
      [
        bearerPing,
        { on: `${getToken}&${scope}`, answer: { status: 200, body: { token: "t1" } } },
        { ...remove, headers: { authorization: "Bearer t1" }, answer: 401 },
        { on: `${getToken}&${scope}`, answer: { status: 200, body: { token: "t2" } } },
        { ...remove, headers: { authorization: "Bearer t2" }, answer: 202 },
      ],
      { credentials },
    );
    expect(await store.repository("app").deleteManifest(digest)).toBe("deleted");
  });

  test("asks Quay, which knows no such right, for the right to push", async () => {
    const quay = "https://registry.site/v2/auth";
    const { store } = await scriptStore(
      [
        {
          on: "GET /v2/",
          answer: { status: 401, headers: { "www-authenticate": `Bearer realm="${quay}",service="reg"` } },
        },
        {
          on: "GET /v2/auth?account=a&service=reg&scope=repository%3Aapp%3Apull%2Cpush",
          answer: { status: 200, body: { token: "t1" } },
        },
        { ...remove, answer: 200 },
      ],
      { credentials },
    );
    expect(await store.repository("app").deleteManifest(digest)).toBe("deleted");
  });

  test.each([
    ["the tag of a registry that deletes manifests only", "old", refusal(400, "DIGEST_INVALID"), "refused"],
    ["what is not there", digest, refusal(404, "MANIFEST_UNKNOWN"), "absent"],
  ])("%s", async (_, reference, answer, outcome) => {
    const { store } = await scriptStore([openPing, { on: `DELETE /v2/app/manifests/${reference}`, answer }]);
    expect(await store.repository("app").deleteManifest(reference)).toBe(outcome);
  });

  test.each([
    ["a registry that deletes nothing", refusal(405, "UNSUPPORTED"), "REGISTRY_STORAGE_DELETE_ENABLED"],
    ["an account that may not", refusal(403, "DENIED"), "right to delete"],
  ])("is refused by %s, with what to do", async (_, answer, hint) => {
    const { store } = await scriptStore([openPing, { ...remove, answer }]);
    await expect(store.repository("app").deleteManifest(digest)).rejects.toMatchObject({
      code: "DELETE_REFUSED",
      exitCode: 77,
      hint: expect.stringContaining(hint),
    });
  });
});
