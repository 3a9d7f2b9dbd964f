import type { Descriptor } from "../../oci/descriptor.ts";
import type { JsonFlag } from "../output/json/json-option.ts";
import { tellTags } from "../output/json/published-tags.ts";
import { publishedToJson } from "../output/json/report-json.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { AirgapError, exitCodes } from "../../oci/airgap-error.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import type { DraftEntry } from "../../transfer/drafts/list-draft.ts";
import { publishDraft, type SourcedEntry } from "../../transfer/drafts/publish-draft.ts";
import { type CommandContext, withProgress } from "../progress/progress-options.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import type { RegistryPool } from "../registries/registry-pool.ts";
import type { Terminal } from "../terminal.ts";
import { LocalLists } from "./local-lists.ts";
import { noSuchList } from "./manifest-error.ts";
import { openPool } from "../registries/open-pool.ts";

export interface PushFlags extends RegistryFlags, JsonFlag {
  readonly purge?: boolean;
}

/** Publishes a list that was begun here, after a look at whether its images still are what they were. */
export function pushList(list: string, flags: PushFlags, terminal: Terminal): Promise<number> {
  return withProgress({ ...flags, progress: false }, terminal, (context) => push(list, context));
}

async function push(list: string, { flags, terminal, onEvent }: CommandContext<PushFlags>): Promise<number> {
  const name = parseReference(list);
  const { signal, stdout } = terminal;
  const lists = new LocalLists(terminal.env);
  const entries = await lists.read(name);
  if (!entries) throw noSuchList(name);
  await using pool = openPool(flags, terminal, onEvent);
  const sourced: SourcedEntry[] = [];
  for (const entry of entries) sourced.push(await findSource(entry, name, pool, signal));
  const repository = await pool.repository(name);
  const target = { repository, tags: [name.tag ?? "latest"] };
  const tellPushed = ({ digest }: Descriptor): void => {
    const { host, repository } = name;
    stdout.write(
      shown(`Pushed ref ${formatReference({ host, repository, digest })} with digest: ${digest}\n`),
    );
  };
  const published = await publishDraft(sourced, target, {
    signal,
    onEvent,
    ...(flags.json ? {} : { onPushed: tellPushed }),
  });
  if (flags.json) writeJson(terminal, publishedToJson("manifest push", tellTags(repository, published)));
  else stdout.write(shown(`${published.list.descriptor.digest}\n`));
  if (flags.purge) await lists.remove(name);
  return exitCodes.done;
}

/** A tag may have moved since the list was begun, and then the list would not be what its maker saw. */
async function findSource(
  entry: DraftEntry,
  list: Reference,
  pool: RegistryPool,
  signal: AbortSignal,
): Promise<SourcedEntry> {
  const { image, root } = entry;
  const repository = await pool.repository(image);
  const now = await repository.resolve(image.digest ?? image.tag ?? "latest", signal);
  if (now?.digest === root) return { ...entry, repository, isSameStore: image.host === list.host };
  const title = formatReference(image);
  throw new AirgapError(
    "IMAGE_CHANGED",
    `Cannot push "${formatReference(list)}": "${title}" was ${root} when it was added, and is ${now?.digest ?? "not there any more"}`,
    {
      exit: "partial",
      hint: `Take it as it is now, and annotate it again where it was annotated: airgap-load manifest create --amend ${formatReference(list)} ${title}`,
    },
  );
}
