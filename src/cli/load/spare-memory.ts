import { setFlagsFromString } from "node:v8";
import type { OnEvent } from "../../transfer/report/events.ts";

/** Runs of fewer names have small heaps as they are, and collecting garbage more often costs them some percent of their time. */
const manyNames = 1000;

/**
 * A listener that has V8 let the heap grow by 30 % between two collections, and not double, once archives turn out to have very
 * many names: what is kept for each is small, what is thrown away is not, and memory stays under 256 MB (issue 14).
 */
export function spareMemory(
  onEvent: OnEvent,
  setFlags: (flags: string) => void = setFlagsFromString,
): OnEvent {
  let names = 0;
  return (event) => {
    if (event.type === "scanned" && names <= manyNames) {
      names += event.names;
      if (names > manyNames) setFlags("--heap-growing-percent=30");
    }
    onEvent(event);
  };
}
