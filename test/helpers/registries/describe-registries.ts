import { describeWith } from "../judges/describe-with.ts";
import { registries, type RegistryKind } from "./registries.ts";

/** A suite that is run against each of these registries. */
export function describeRegistries(
  name: string,
  suite: (start: RegistryKind["start"]) => void,
  kinds: readonly RegistryKind[] = registries,
): void {
  for (const { title, missing, start } of kinds) {
    describeWith(missing, `${name} against ${title}`, () => suite(start));
  }
}
