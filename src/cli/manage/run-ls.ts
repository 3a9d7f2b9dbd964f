import type { JsonFlag } from "../output/json/json-option.ts";
import { formatBytes } from "../../content/byte-size.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { shortDigest } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";
import { listStored, type StoredImage } from "../../transfer/inspect/list-stored.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { countNoun } from "../output/count-noun.ts";
import { exitCodeOfImages } from "../output/exit-code.ts";
import { formatFailures } from "../output/failures-text.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { describeFailure } from "../output/json/report-json.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { countRepositories } from "../../transfer/report/count-task.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import { type CommandContext, type ProgressFlags, withProgress } from "../progress/progress-options.ts";
import { shortPlatform } from "../output/short-platform.ts";
import { tableFor, type TableForm } from "../output/table-form.ts";
import { formatTable } from "../output/table.ts";
import { openRegistryStore } from "../registries/open-registry-store.ts";
import type { Terminal } from "../terminal.ts";
import { askForRepository, findRepositories, readPlace, type RepositoriesFlag } from "./find-repositories.ts";

export interface LsFlags extends RegistryFlags, RepositoriesFlag, JsonFlag, ProgressFlags {
  readonly all?: boolean;
}

/** Lists what a registry holds; resolves to the exit code. */
export async function runLs(place: string, flags: LsFlags, terminal: Terminal): Promise<number> {
  const work = (context: CommandContext<LsFlags>): Promise<Listing> => list(place, context);
  const { registry, images } = await withProgress(flags, terminal, work, "reads");
  const listed = flags.all ? images : images.filter(({ partOf }) => partOf === undefined);
  if (flags.json) writeJson(terminal, toJson(registry, listed));
  else terminal.stdout.write(shown(toText(listed, tableFor(terminal.stdout))));
  return exitCodeOfImages(listed);
}

interface Listing {
  readonly registry: string;
  readonly images: readonly StoredImage[];
}

async function list(place: string, { flags, terminal, onEvent }: CommandContext<LsFlags>): Promise<Listing> {
  const destination = readPlace(place);
  const side = { ...flags, readOnly: true };
  await using store = await openRegistryStore(destination.host, side, terminal, tellNotices(onEvent));
  const { signal } = terminal;
  const repositories = await findRepositories(store, destination, flags, { onEvent, signal });
  const images: StoredImage[] = [];
  for await (const repository of countRepositories(repositories, onEvent)) {
    for (const image of await listStored(repository, onEvent, signal)) images.push(image);
  }
  if (images.length === 0 && destination.prefix !== "") {
    throw new AirgapError("IMAGE_NOT_FOUND", `Cannot list "${place}": there is no image there`, {
      exit: "noInput",
      hint: `${await askForRepository(store, destination.prefix, signal)}airgap-load ls HOST lists all that the registry tells.`,
    });
  }
  return { registry: store.title, images };
}

function toText(images: readonly StoredImage[], { columns }: TableForm): string {
  const rows = images.map(({ title, platforms, size, digest }) => [
    printable(title),
    platforms.map(({ platform }) => printable(shortPlatform(platform))).join(" ") || "-",
    formatBytes(size),
    digest ? shortDigest(digest) : "unreadable",
  ]);
  const { repositories, bytes } = totalsOf(images);
  const total = `${countNoun(images.length, "tag")} in ${countNoun(repositories, "repository", "repositories")}, ${formatBytes(bytes)} as pulled`;
  return [
    rows.length > 0 ? formatTable([["IMAGE", "PLATFORMS", "SIZE", "DIGEST"], ...rows], columns) : "",
    formatFailures(images),
    `${total}\n`,
  ]
    .filter(Boolean)
    .join("\n");
}

function toJson(registry: string, images: readonly StoredImage[]): Record<string, unknown> {
  return jsonDocument("ls", {
    registry,
    changed: false,
    images: images.map(({ error, ...image }) => ({
      ...image,
      ...(error ? { error: describeFailure(error) } : {}),
    })),
    totals: totalsOf(images),
  });
}

/** An image that has two tags is counted once. */
function totalsOf(images: readonly StoredImage[]): { images: number; repositories: number; bytes: number } {
  const sizes = new Map(images.map(({ title, digest, size }) => [digest ?? title, size]));
  return {
    images: images.length,
    repositories: new Set(images.map(({ repository }) => repository)).size,
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
  };
}
