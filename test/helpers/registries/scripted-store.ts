import { onTestFinished } from "vitest";
import type { ManagedStore } from "../../../src/content/repository.ts";
import { createRegistryStore, type RegistryStoreOptions } from "../../../src/registry/registry-store.ts";
import { createFakeClock, type FakeClock } from "../fake-clock.ts";
import {
  type Exchange,
  registryOrigin,
  scriptTransport,
  type ScriptedTransport,
} from "./scripted-transport.ts";

export interface ScriptedStore {
  readonly store: ManagedStore;
  readonly transport: ScriptedTransport;
  readonly clock: FakeClock;
  readonly notices: readonly string[];
}

/** A store at registry.site whose wire follows a script, to its end. */
export async function scriptStore(
  script: readonly Exchange[],
  options: Partial<RegistryStoreOptions> = {},
): Promise<ScriptedStore> {
  const transport = scriptTransport(script);
  const clock = createFakeClock(Date.UTC(2026, 0, 1));
  const notices: string[] = [];
  const store = await createRegistryStore({
    host: registryOrigin.replace("https://", ""),
    transport,
    clock,
    env: { HOME: "/nowhere" },
    onNotice: ({ text }) => notices.push(text),
    ...options,
  });
  onTestFinished(() => transport.finish());
  return { store, transport, clock, notices };
}

/** The ping of a registry that asks for nothing. */
export const openPing: Exchange = { on: "GET /v2/", answer: 200 };
