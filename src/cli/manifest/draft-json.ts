import type { AirgapError } from "../../oci/airgap-error.ts";
import { isAttestation } from "../../oci/attestation.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { formatReference, type Reference } from "../../oci/reference.ts";
import { type DraftEntry, platformOf } from "../../transfer/drafts/list-draft.ts";
import { type JsonCommand, jsonDocument } from "../output/json/json-document.ts";
import { describeFailure } from "../output/json/report-json.ts";

/** A list that is kept here until it is pushed, and what a command did to it. */
export interface ToldDraft {
  readonly list: Reference;
  readonly outcome: "created" | "amended" | "annotated" | "removed" | "unchanged" | "failed";
  readonly entries?: readonly DraftEntry[];
  readonly error?: AirgapError;
}

/** What a command did to lists that are kept here, for a program. */
export function draftsToJson(command: JsonCommand, drafts: readonly ToldDraft[]): Record<string, unknown> {
  return jsonDocument(command, {
    changed: drafts.some(isChanged),
    images: drafts.map(draftToJson),
    totals: { images: drafts.length, failed: drafts.filter(({ error }) => error).length },
  });
}

function isChanged({ outcome }: ToldDraft): boolean {
  return outcome !== "unchanged" && outcome !== "failed";
}

function draftToJson(draft: ToldDraft): Record<string, unknown> {
  const { list, outcome, entries, error } = draft;
  return {
    title: formatReference(list),
    repository: list.repository,
    tag: list.tag ?? "latest",
    outcome,
    changed: isChanged(draft),
    platforms: entries?.filter(({ descriptor }) => !isAttestation(descriptor)).map(entryToJson),
    ...(error ? { error: describeFailure(error) } : {}),
  };
}

function entryToJson(entry: DraftEntry): Record<string, unknown> {
  return {
    platform: formatPlatform(platformOf(entry)),
    digest: entry.descriptor.digest,
    source: formatReference(entry.image),
  };
}
