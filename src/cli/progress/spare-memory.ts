import { setFlagsFromString } from "node:v8";
import type { LoadEvent, OnEvent } from "../../transfer/report/events.ts";

/**
 * By how many percent V8 lets the heap grow between two collections where there are more than so many names. Runs of fewer have
 * small heaps as they are, and collecting garbage more often costs them some percent of their time.
 */
const growth = [
  { names: 1000, percent: 30 },
  { names: 200, percent: 50 },
];

/**
 * A listener that has V8 let the heap grow by less between two collections, and not double, once a run turns out to be about
 * many names: what is kept for each is small, what is thrown away is not, and memory stays under 256 MB (issues 14 and 20).
 */
export function spareMemory(
  onEvent: OnEvent,
  setFlags: (flags: string) => void = setFlagsFromString,
): OnEvent {
  let scanned = 0;
  let percent: number | undefined;
  return (event) => {
    if (event.type === "scanned") scanned += event.names;
    const names = Math.max(scanned, countNames(event));
    const wanted = growth.find((step) => names > step.names)?.percent;
    if (wanted !== undefined && wanted < (percent ?? 100)) {
      setFlags(`--heap-growing-percent=${wanted}`);
      percent = wanted;
    }
    onEvent(event);
  };
}

/** How many names the whole run is about, where an event tells that. */
function countNames(event: LoadEvent): number {
  if (event.type === "planned") return event.names.length;
  if (event.type === "checked") return event.total;
  if (event.type === "progress" && event.items?.noun === "image") return event.items.total ?? 0;
  return 0;
}
