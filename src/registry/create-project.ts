import { note } from "../content/notice.ts";
import type { RegistryClient } from "./client/registry-client.ts";
import type { ProjectApi } from "./refusal/project-api.ts";
import { generalRules, type RefusalRule } from "./refusal/refusal-rules.ts";

/** Somebody else made it in the meantime: Harbor's word, and Gitea's. */
const isThere = [409, 422];

/** Makes a namespace where it is missing, and says so. Throws `ACCESS_DENIED` where the account may not. */
export async function createProject(
  client: RegistryClient,
  { noun, find, create }: ProjectApi,
  repository: string,
  signal?: AbortSignal,
): Promise<void> {
  const namespace = repository.split("/", 1)[0] ?? repository;
  const action = `create ${noun} "${namespace}" in "${client.host}"`;
  const common = { access: { repository }, action, signWithPassword: true, rules: rulesFor(noun), signal };
  const url = find.path(encodeURIComponent(namespace));
  const found = await client.send({ ...common, method: find.method, url, accept: [200, 404] });
  await found.discard();
  if (found.status === 200) return;
  const body = Buffer.from(JSON.stringify(create.body(namespace)));
  const made = await client.send({
    ...common,
    method: "POST",
    url: create.path,
    headers: { "content-type": "application/json" },
    body: { size: body.length, open: () => body, replayable: true },
    accept: [200, 201, ...isThere],
  });
  await made.discard();
  if (!isThere.includes(made.status)) {
    client.onNotice(note(`Created ${noun} "${namespace}" in "${client.host}"`));
  }
}

function rulesFor(noun: string): RefusalRule[] {
  const denied: RefusalRule = {
    code: "ACCESS_DENIED",
    exit: "denied",
    matches: ({ status }) => status === 401 || status === 403,
    hint: () =>
      `The account may not create a ${noun}: have it created, or sign in as one that may (for Quay as $oauthtoken, with an OAuth token).`,
  };
  return [denied, ...generalRules];
}
