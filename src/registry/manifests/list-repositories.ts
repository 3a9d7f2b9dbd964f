import { note } from "../../content/notice.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { asArray, asObject, asString, parseJson } from "../../oci/json.ts";
import { printable } from "../../oci/printable.ts";
import { isRepository } from "../../oci/reference.ts";
import type { RegistryClient } from "../client/registry-client.ts";
import { fetchPages } from "./fetch-pages.ts";

/** What registries answer that have no such list, or not for everybody, besides 404. */
const untold: readonly number[] = [400, 401, 403, 405, 501];

/**
 * The names of all repositories, page by page (distribution, spec/api.md#catalog); undefined where the registry does not tell
 * them. What cannot be a repository is left out, and told.
 */
export async function listRepositories(
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<readonly string[] | undefined> {
  const action = `list the repositories of "${client.host}"`;
  const access = { repository: "", right: "list" } as const;
  const path = "/v2/_catalog?n=1000";
  let names: Set<string> | undefined;
  try {
    for await (const bytes of fetchPages(client, { access, path, action, absent: untold, signal })) {
      names ??= new Set();
      const page = asObject(parseJson(bytes, { what: "list of repositories" }), "list of repositories");
      for (const name of asArray(page.get("repositories"), "repositories")) {
        names.add(asString(name, "repository"));
      }
    }
  } catch (error) {
    if (error instanceof AirgapError && error.code === "ACCESS_DENIED") return undefined;
    throw error;
  }
  const odd = [...(names ?? [])].filter((name) => !isRepository(name));
  for (const name of odd) {
    client.onNotice(note(`Registry "${client.host}" names "${printable(name)}", which is no repository`));
  }
  return names && [...names].filter(isRepository).sort();
}
