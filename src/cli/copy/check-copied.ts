import type { OnNotice } from "../../content/notice.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import type { Selection } from "../../transfer/graph/select-images.ts";
import { describeRoot, judgeRoot, refuseDistrusted } from "../../transfer/trust/judge-root.ts";
import type { Trust } from "../../transfer/trust/trust.ts";
import type { CopySource } from "../registries/open-copy-source.ts";

/**
 * Throws `SIGNATURE_MISSING` or `SIGNATURE_INVALID` where what is to be copied is not to be trusted; tells who has signed it.
 * It is judged under the name that it was asked for by, else under its own.
 */
export async function checkCopied(
  { content, findSignatures, isMade = false, name }: CopySource,
  reference: Reference | undefined,
  { root, whole }: Selection,
  trust: Trust,
  { onNotice, signal }: { readonly onNotice: OnNotice; readonly signal: AbortSignal },
): Promise<void> {
  const title = name ?? content.title;
  const origin = {
    title,
    name: reference ?? (name === undefined ? undefined : parseReference(name)),
    find: findSignatures,
  };
  const isFiltered = root.kind === "index" && whole !== undefined;
  const described = await describeRoot(root, isMade || isFiltered, content, origin, signal);
  const error = refuseDistrusted(await judgeRoot(described, trust, signal));
  if (error) throw error;
  const digests = described.subjects.flatMap(({ manifest }) => manifest?.descriptor.digest ?? []);
  for (const { subject, signer } of trust.verified(new Set(digests))) {
    onNotice({ severity: "note", subject: title, text: `${subject} is signed by ${signer}` });
  }
}
