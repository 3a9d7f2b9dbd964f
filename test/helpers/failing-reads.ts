import { open } from "node:fs/promises";
import { vi } from "vitest";

/** Has the first read of any file from now on give ten bytes, and the second one fail as a broken disk does. */
export async function failSecondRead(): Promise<void> {
  await using file = await open("/dev/null");
  vi.spyOn(Object.getPrototypeOf(file) as typeof file, "read")
    .mockImplementationOnce(async () => ({ buffer: Buffer.alloc(10), bytesRead: 10 }))
    .mockRejectedValueOnce(Object.assign(new Error("EIO"), { code: "EIO" }));
}
