/** What one file takes of a {@link SpoolRoom}. */
export interface RoomShare {
  /** Waits until the file may grow by so many bytes. */
  grow(bytes: number): Promise<void>;
  /** Says that it grows no more. What it takes is given back later. */
  settle(): void;
  /** Gives back what it took, once. */
  give(): void;
}

interface Growing {
  /** Bytes that it will still take, as far as it comes out as expected. */
  rest: number;
  readonly waiting: { readonly bytes: number; readonly enter: () => void }[];
}

/**
 * Keeps the bytes that are in temp files at a time to about a limit. Files take their room as they are written; the one
 * that was begun first is never kept waiting for a later one, and goes beyond the limit where nothing else would end.
 */
export class SpoolRoom {
  readonly #limit: number;
  /** In the order of their beginning. */
  readonly #growing = new Set<Growing>();
  #taken = 0;
  /** Files that are written, and will be given back. */
  #settled = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** For a file of some `expected` bytes. */
  begin(expected: number): RoomShare {
    const file: Growing = { rest: expected, waiting: [] };
    this.#growing.add(file);
    let taken = 0;
    let isGiven = false;
    const settle = (): void => {
      if (this.#growing.delete(file)) this.#settled += 1;
      this.#admit();
    };
    return {
      grow: (bytes) =>
        new Promise((resolve) => {
          const enter = (): void => {
            taken += bytes;
            this.#taken += bytes;
            file.rest = Math.max(0, file.rest - bytes);
            resolve();
          };
          file.waiting.push({ bytes, enter });
          this.#admit();
        }),
      settle,
      give: () => {
        if (isGiven) return;
        isGiven = true;
        settle();
        this.#settled -= 1;
        this.#taken -= taken;
        this.#admit();
      },
    };
  }

  #admit(): void {
    let reserved = 0;
    let isFirst = true;
    for (const { waiting, rest } of this.#growing) {
      for (let next = waiting[0]; next && this.#fits(next.bytes + reserved, isFirst); next = waiting[0]) {
        waiting.shift();
        next.enter();
      }
      reserved += rest;
      isFirst = false;
    }
  }

  #fits(bytes: number, isFirst: boolean): boolean {
    return this.#taken + bytes <= this.#limit || (isFirst && this.#settled === 0);
  }
}
