import { describeWith } from "../judges/describe-with.ts";
import { registries, type RegistryKind } from "./registries.ts";

/** A suite that is run against every registry there is. */
export function describeRegistries(name: string, suite: (start: RegistryKind["start"]) => void): void {
  for (const { title, missing, start } of registries) {
    describeWith(missing, `${name} against ${title}`, () => suite(start));
  }
}
