import { type OnEvent, tellNotices } from "../../transfer/report/events.ts";
import type { SideFlags } from "./open-registry-store.ts";
import { RegistryPool } from "./registry-pool.ts";
import type { Terminal } from "../terminal.ts";

/** The registries of a command whose options hold for all of them. */
export function openPool(flags: SideFlags, terminal: Terminal, onEvent: OnEvent): RegistryPool {
  return new RegistryPool({ flagsFor: () => flags, terminal, onNotice: tellNotices(onEvent) });
}
