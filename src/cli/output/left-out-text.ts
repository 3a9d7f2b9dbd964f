import { formatBytes } from "../../content/byte-size.ts";
import type { CountedLayer } from "../../content/counted-layer.ts";
import { countNoun } from "./count-noun.ts";

/** `3 layers left out (1.2 GB)`. */
export function sayLeftOut(counted: readonly CountedLayer[]): string {
  const bytes = counted.reduce((sum, { size }) => sum + size, 0);
  return `${countNoun(counted.length, "layer")} left out (${formatBytes(bytes)})`;
}
