import { decodeText, toPlainUtf8 } from "../../content/decode-text.ts";
import { openArchive } from "../../archive/open-archive.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { readInventory } from "../../transfer/counted/inventory.ts";
import { addArchiveLayers, KnownLayers } from "../../transfer/counted/known-layers.ts";
import type { Terminal } from "../terminal.ts";
import { readSmallFile } from "./read-lines.ts";
import { peek } from "../../stream/peek.ts";
import { readFile } from "../../stream/read-file.ts";

/** What a site has, by the files of `--since`: inventories, and archives that were loaded there. */
export async function readSince(
  paths: readonly string[],
  { signal }: Pick<Terminal, "signal">,
): Promise<KnownLayers | undefined> {
  if (paths.length === 0) return undefined;
  const known = new KnownLayers();
  for (const path of paths) {
    if (await isInventory(path)) {
      for (const layer of readInventoryFile(path, toPlainUtf8(await readSmallFile(path)))) known.add(layer);
    } else await addArchive(known, path, signal);
  }
  return known;
}

async function addArchive(known: KnownLayers, path: string, signal: AbortSignal): Promise<void> {
  const options = { layerCompression: "gzip", allowForeign: false, signal } as const;
  await using source = await openArchive({ path }, options);
  if (addArchiveLayers(known, source) > 0) return;
  throw new AirgapError(
    "INVENTORY_INVALID",
    `Cannot use --since "${path}": its images have no manifests, so nobody knows what their layers are in a registry`,
    { exit: "configuration", hint: "Ask the registry: airgap-load inventory HOST -o site.inv." },
  );
}

/** An archive never begins like that. */
async function isInventory(path: string): Promise<boolean> {
  try {
    const start = await peek(readFile(path, { chunkSize: 64 }), 64);
    await start.chunks.return(undefined);
    return /^\s*\{/.test(decodeText(start.head));
  } catch {
    // What cannot be read, a folder included, is told by whoever opens it as an archive.
    return false;
  }
}

function readInventoryFile(path: string, bytes: Uint8Array): ReturnType<typeof readInventory> {
  try {
    return readInventory(bytes);
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    throw new AirgapError("INVENTORY_INVALID", `Cannot use --since "${path}": ${error.message}`, {
      exit: "configuration",
      hint: "It is what airgap-load inventory HOST -o FILE writes, or an archive that was loaded there.",
      cause: error,
    });
  }
}
