import { execFileSync } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { collectGarbage } from "../../../src/storage/directory/collect-garbage.ts";
import { DirectoryStorage } from "../../../src/storage/directory/directory-storage.ts";
import { verifyDirectory } from "../../../src/storage/directory/verify-directory.ts";
import { serve } from "../../../src/server/serve.ts";
import { storeBlob, storeImage } from "../../helpers/archives/store-image.ts";
import { pushBlobRaw } from "../../helpers/registries/push-raw.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const tomorrow = { now: Date.now() + 86_400_000 };

/** A disk of its own, or undefined where this machine lets nobody make one. */
async function mountSmallDisk(): Promise<string | undefined> {
  const disk = await makeTempFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", ["--lazy", disk]));
  return disk;
}

/** Takes all space that is left. */
async function fill(disk: string): Promise<void> {
  const path = join(disk, "filler");
  for (let size = 1 << 20; size >= 4096; size /= 2) {
    while (
      await writeFile(path, Buffer.alloc(size), { flag: "a" }).then(
        () => true,
        () => false,
      )
    );
  }
}

describe.runIf(process.platform === "linux" && process.getuid?.() === 0)("on a full disk", () => {
  test("pushes fail at once and leave nothing, all is read and checked, and space brings everything back", async (context) => {
    const disk = (await mountSmallDisk()) ?? context.skip("no tmpfs can be mounted here");
    const folder = join(disk, "images");
    await using storage = await DirectoryStorage.open(folder);
    await storeImage(storage, "a/b", "1", "v1");
    const garbage = Buffer.alloc(500_000, "garbage");
    await storeBlob(storage, "a/b", garbage);
    await fill(disk);
    const began = performance.now();
    await Promise.all(
      [storeBlob(storage, "a/b", "x".repeat(100_000)), storeImage(storage, "a/b", "2", "v2")].map((push) =>
        expect(push).rejects.toMatchObject({ code: "ENOSPC" }),
      ),
    );
    expect(performance.now() - began).toBeLessThan(25_000);
    expect(await readdir(storage.paths.uploads)).toEqual([]);
    {
      await using reader = await DirectoryStorage.open(folder, { readOnly: true });
      expect((await verifyDirectory(reader)).problems).toEqual([]);
    }
    await using collector = await DirectoryStorage.open(folder);
    expect(await collectGarbage(collector, tomorrow)).toMatchObject({ blobs: 1, bytes: garbage.length });
    await storeImage(storage, "a/b", "2", "v2");
    await rm(join(disk, "filler"));
    await storeImage(storage, "a/b", "3", "v3");
    expect(await storage.listTags("a/b")).toHaveProperty("size", 3);
  });

  test("a client is told 507", async (context) => {
    const disk = (await mountSmallDisk()) ?? context.skip("no tmpfs can be mounted here");
    const server = await serve({ data: join(disk, "images"), listen: "127.0.0.1:0" });
    await fill(disk);
    expect((await pushBlobRaw(server.url, "a/b", "x".repeat(100_000))).status).toBe(507);
    await rm(join(disk, "filler"));
    expect((await pushBlobRaw(server.url, "a/b", "x".repeat(100_000))).status).toBe(201);
    await server.stop();
  });
});
