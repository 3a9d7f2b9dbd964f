import { shown } from "../output/shown.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { RegistryPool } from "./registry-pool.ts";
import type { Terminal } from "../terminal.ts";

/** The registries of a command whose options hold for all of them. */
export function openPool(flags: RegistryFlags, terminal: Terminal): RegistryPool {
  return new RegistryPool({
    flagsFor: () => flags,
    terminal,
    onNotice: ({ text }) => void terminal.stderr.write(shown(`note: ${text}\n`)),
  });
}
