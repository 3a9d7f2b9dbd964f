import { readCarriedFile } from "./carried-file.ts";

/** The version of this program, from its package.json. */
export function readVersion(): string {
  const { version } = JSON.parse(readCarriedFile("package.json")) as { version: string };
  return version;
}
