import { AirgapError } from "../oci/airgap-error.ts";
import { creationHint } from "./refusal/access-hint.ts";
import { signInRules } from "./refusal/refusal-rules.ts";
import type { Vendor } from "./refusal/vendor.ts";
import type { RegistryClient } from "./client/registry-client.ts";
import { dropUpload, openUpload } from "./blobs/upload-session.ts";

/** Errors that are the same for all repositories; and a wrong password that is tried again and again locks an account. */
const final = new Set(["CREDENTIALS_MISSING", "SIGN_IN_FAILED"]);

/**
 * Signs in, then opens and cancels one upload per top-level namespace, or per repository where each has to be created
 * by hand; throws one error for all that are refused, `ACCESS_DENIED` where they are for several reasons (decision 15).
 */
export async function checkAccess(
  client: RegistryClient,
  repositories: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const { vendor } = await client.open();
  if (vendor.notice !== undefined) client.notify(vendor.notice);
  const bare = vendor.needsNamespace ? repositories.filter((name) => !name.includes("/")) : [];
  const refusals = bare.map((name) => refuseBareName(client.host, name, vendor));
  const others = repositories.filter((name) => !bare.includes(name));
  let isSignedIn = false;
  for (const repository of vendor.probe === "repository" ? new Set(others) : onePerNamespace(others)) {
    try {
      if (!isSignedIn) await signIn(client, repository, signal);
      isSignedIn = true;
      await openAndCancel(client, repository, signal);
    } catch (error) {
      if (!(error instanceof AirgapError) || error.exit !== "denied" || final.has(error.code)) throw error;
      refusals.push(error);
    }
  }
  if (refusals.length) throw combine(refusals);
}

/** Harbor's token service fails on a name without a project instead of refusing it. */
function refuseBareName(host: string, repository: string, vendor: Vendor): AirgapError {
  return new AirgapError("NAME_REFUSED", `Cannot push to "${host}/${repository}": it names no project`, {
    exit: "denied",
    hint: creationHint({ vendor, host, repository }),
  });
}

function onePerNamespace(repositories: readonly string[]): readonly string[] {
  const namespaces = new Set<string>();
  return repositories.filter((name) => {
    const namespace = name.split("/", 1)[0] ?? name;
    return !namespaces.has(namespace) && namespaces.add(namespace);
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

async function openAndCancel(
  client: RegistryClient,
  repository: string,
  signal?: AbortSignal,
): Promise<void> {
  const target = { access: { repository }, action: `push to "${client.host}/${repository}"`, signal };
  await dropUpload(client, target, await openUpload(client, target));
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
