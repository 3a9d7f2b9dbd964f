import { shown } from "../output/shown.ts";
import type { SideFlags } from "./open-registry-store.ts";
import { RegistryPool } from "./registry-pool.ts";
import type { Terminal } from "../terminal.ts";

/** The registries of a command whose options hold for all of them. */
export function openPool(flags: SideFlags, terminal: Terminal): RegistryPool {
  return new RegistryPool({
    flagsFor: () => flags,
    terminal,
    onNotice: ({ text }) => void terminal.stderr.write(shown(`note: ${text}\n`)),
  });
}
