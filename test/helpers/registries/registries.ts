import { missingCraneRegistry, startCraneRegistry } from "./crane-registry.ts";
import { missingDistribution3, missingDockerRegistry, startDockerRegistry } from "./docker-registry.ts";
import { startTestRegistry } from "./test-registry.ts";

export interface RunningRegistry {
  /** `127.0.0.1:34567` */
  readonly host: string;
  stop(): Promise<void>;
}

export interface RegistryKind {
  readonly title: string;
  /** What is missing for it on this machine, if anything. */
  readonly missing: string | undefined;
  readonly start: () => Promise<RunningRegistry>;
}

const dockerRegistry: RegistryKind = {
  title: "docker-registry",
  missing: missingDockerRegistry,
  start: () => startDockerRegistry(),
};

const distribution3: RegistryKind = {
  title: "distribution 3",
  missing: missingDistribution3,
  start: () => startDockerRegistry({ program: "registry" }),
};

const craneRegistry: RegistryKind = {
  title: "crane's registry",
  missing: missingCraneRegistry,
  start: startCraneRegistry,
};

const ownRegistry: RegistryKind = {
  title: "the registry of our own",
  missing: undefined,
  start: startTestRegistry,
};

/** One of them for tests that need any: somebody else's where it is installed. */
export const anyRegistry: RegistryKind = dockerRegistry.missing === undefined ? dockerRegistry : ownRegistry;

/** Every registry that most jobs are tried against; one will do for an executable, which speaks to them with the same code. */
export const registries: readonly RegistryKind[] = process.env["AIRGAP_LOAD_EXECUTABLE"]
  ? [anyRegistry]
  : [dockerRegistry, distribution3, ownRegistry];

/** And one more that is strict in its own ways, for what matters most. */
export const moreRegistries: readonly RegistryKind[] = process.env["AIRGAP_LOAD_EXECUTABLE"]
  ? registries
  : [...registries, craneRegistry];
