import type { ByteRange } from "../../storage/content-storage.ts";
import { RegistryError } from "./registry-error.ts";

/**
 * Reads a `Range` header against content of `size` bytes (RFC 9110, section 14). Undefined means all of it: no header,
 * another unit, several ranges or one that cannot be read, all of which a server may ignore. Throws a 416.
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(" ", "") ?? "");
  if (!match) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== "" && last !== "" && Number(last) < start) return undefined;
  if (start < size && (first !== "" || Number(last) > 0)) return { start, end };
  throw new RegistryError(416, "SIZE_INVALID", `the range starts behind the end at ${size} bytes`, {
    "content-range": `bytes */${size}`,
  });
}
