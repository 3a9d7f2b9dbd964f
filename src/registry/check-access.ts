import { AirgapError } from "../oci/airgap-error.ts";
import { creationHint } from "./refusal/access-hint.ts";
import { signInRules } from "./refusal/refusal-rules.ts";
import type { Vendor } from "./refusal/vendor.ts";
import { createProject } from "./create-project.ts";
import type { RegistryClient } from "./client/registry-client.ts";
import { dropUpload, openUpload } from "./blobs/upload-session.ts";
import { note } from "../content/notice.ts";

/** Errors that are the same for all repositories; and a wrong password that is tried again and again locks an account. */
const final = new Set(["CREDENTIALS_MISSING", "SIGN_IN_FAILED"]);

/**
 * Finds out whether repositories of one registry can be written to (decision 15): signs in, then opens and cancels one
 * upload per top-level namespace, or per repository where each has to be created by hand. What was found out holds for the
 * run: accounts that may not delete leave every such upload behind.
 */
export class AccessCheck {
  readonly #client: RegistryClient;
  readonly #createsProjects: boolean;
  readonly #probes = new Map<string, Promise<void>>();

  /** `createsProjects`: what the repositories are to be in is made where it is missing and the registry lets it. */
  constructor(client: RegistryClient, createsProjects: boolean) {
    this.#client = client;
    this.#createsProjects = createsProjects;
  }

  /** Throws one error for all that are refused, `ACCESS_DENIED` where they are for several reasons. */
  async run(repositories: readonly string[], signal?: AbortSignal): Promise<void> {
    const client = this.#client;
    const { vendor } = await client.open();
    if (vendor.notice !== undefined) client.onNotice(note(vendor.notice));
    const bare = vendor.needsNamespace ? repositories.filter((name) => !name.includes("/")) : [];
    const refusals = bare.map((name) => refuseBareName(client.host, name, vendor));
    for (const repository of repositories.filter((name) => !bare.includes(name))) {
      try {
        const key = vendor.probe === "repository" ? repository : (repository.split("/", 1)[0] ?? repository);
        await this.#probe(key, repository, signal);
      } catch (error) {
        if (!(error instanceof AirgapError) || error.exit !== "denied" || final.has(error.code)) throw error;
        if (!refusals.includes(error)) refusals.push(error);
      }
    }
    if (refusals.length) throw combine(refusals);
  }

  #probe(key: string, repository: string, signal?: AbortSignal): Promise<void> {
    const known = this.#probes.get(key);
    if (known) return known;
    const probe = this.#open(repository, this.#probes.size === 0, signal);
    this.#probes.set(key, probe);
    // Whoever stops waiting says nothing about the registry.
    probe.catch(() => signal?.aborted && this.#probes.delete(key));
    return probe;
  }

  async #open(repository: string, isFirst: boolean, signal?: AbortSignal): Promise<void> {
    if (isFirst) await signIn(this.#client, repository, signal);
    const { projects } = (await this.#client.open()).vendor;
    if (projects && this.#createsProjects) await createProject(this.#client, projects, repository, signal);
    const target = {
      access: { repository },
      action: `push to "${this.#client.host}/${repository}"`,
      signal,
    };
    await dropUpload(this.#client, target, await openUpload(this.#client, target));
  }
}

/** Harbor's token service fails on a name without a project instead of refusing it. */
function refuseBareName(host: string, repository: string, vendor: Vendor): AirgapError {
  return new AirgapError("NAME_REFUSED", `Cannot push to "${host}/${repository}": it names no project`, {
    exit: "denied",
    hint: creationHint({ vendor, host, repository }),
  });
}

/** A token server checks the password itself; with Basic the registry's root does. */
async function signIn(client: RegistryClient, repository: string, signal?: AbortSignal): Promise<void> {
  const access = { repository };
  const authorizer = await (await client.open()).authorizerFor(repository);
  if (!(await authorizer.authorization(access))?.startsWith("Basic ")) return;
  const response = await client.send({
    method: "GET",
    url: "/v2/",
    access,
    action: `sign in to "${client.host}"`,
    accept: [200, 404],
    rules: signInRules,
    signal,
  });
  await response.discard();
}

function combine(refusals: readonly AirgapError[]): AirgapError {
  const [first] = refusals;
  if (refusals.length === 1 && first) return first;
  const codes = new Set(refusals.map(({ code }) => code));
  const code = codes.size === 1 && first ? first.code : "ACCESS_DENIED";
  return new AirgapError(code, linesOf(refusals.map(({ message }) => message)), {
    exit: "denied",
    hint: linesOf(refusals.flatMap(({ hint }) => hint ?? [])),
    cause: new AggregateError(refusals),
  });
}

function linesOf(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.split("\n")))];
}
