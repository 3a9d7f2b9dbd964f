import type { LoadEvent } from "./events.ts";
import type { LoadTotals, ListReport } from "./report.ts";

/** Counts what went over the wire while a run lasts. */
export interface TotalsCounter {
  readonly count: (event: LoadEvent) => void;
  readonly total: (lists: readonly ListReport[]) => LoadTotals;
}

/** Starts counting, the seconds too. */
export function countTotals(): TotalsCounter {
  const start = performance.now();
  const blobs = { pushed: 0, mounted: 0, present: 0 };
  let bytesPushed = 0;
  return {
    count(event) {
      if (event.type !== "blob") return;
      blobs[event.outcome]++;
      if (event.outcome === "pushed") bytesPushed += event.size;
    },
    total: (lists) => ({
      lists: lists.length,
      failed: lists.filter(({ error }) => error).length,
      blobsPushed: blobs.pushed,
      bytesPushed,
      blobsMounted: blobs.mounted,
      blobsPresent: blobs.present,
      seconds: (performance.now() - start) / 1000,
    }),
  };
}
