import { AirgapError } from "../oci/airgap-error.ts";
import type { RegistryClient } from "./registry-client.ts";
import { cancelUpload, startUpload } from "./upload-session.ts";

/**
 * Opens and cancels one upload per top-level namespace, or per repository where each has to be created by hand, and
 * throws one `ACCESS_DENIED` for all that are refused (decision 15).
 */
export async function checkAccess(
  client: RegistryClient,
  repositories: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const { vendor } = await client.open();
  if (vendor === "docker-hub") client.notify("Docker Hub makes repositories that it creates on push public");
  const refusals: AirgapError[] = [];
  for (const repository of chooseProbes(repositories, vendor === "ecr")) {
    const target = { access: { repository }, action: `push to "${client.host}/${repository}"`, signal };
    try {
      await cancelUpload(client, target, await startUpload(client, target));
    } catch (error) {
      if (!(error instanceof AirgapError) || error.exit !== "denied") throw error;
      refusals.push(error);
    }
  }
  if (refusals.length) throw combine(refusals);
}

function chooseProbes(repositories: readonly string[], all: boolean): Iterable<string> {
  if (all) return new Set(repositories);
  return new Map(repositories.toReversed().map((name) => [name.split("/", 1)[0], name])).values();
}

function combine(refusals: readonly AirgapError[]): AirgapError {
  const [first] = refusals;
  if (refusals.length === 1 && first) return first;
  return new AirgapError("ACCESS_DENIED", joinUnique(refusals.map(({ message }) => message)), {
    exit: "denied",
    hint: joinUnique(refusals.flatMap(({ hint }) => hint ?? [])),
    cause: new AggregateError(refusals),
  });
}

function joinUnique(texts: readonly string[]): string {
  return [...new Set(texts)].join("\n");
}
