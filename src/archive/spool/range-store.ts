import type { EntryKeeper, EntryStore } from "../index/entry-store.ts";

/** For a file that holds its entries as they are: they are byte ranges of it. The tar starts at byte `start`. */
export function createRangeStore(path: string, start = 0): EntryStore {
  return {
    createKeeper: (_, offset): EntryKeeper => ({
      begin: nothing,
      push: nothing,
      end: () => ({ reopen: { from: "range", path, offset: start + offset } }),
      drop: nothing,
      enter: () => ({
        plain: createRangeStore(path, start + offset),
        mark: nothing,
        sourceAt: () => ({ path, offset: start + offset }),
        confirm: nothing,
      }),
    }),
  };
}

function nothing(): void {}
