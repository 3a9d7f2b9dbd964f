import * as fc from "fast-check";
import { expect, test } from "vitest";
import { SpoolRoom } from "../../../src/archive/spool/spool-room.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("who asks waits until there is room, and nobody is overtaken", async () => {
  const room = new SpoolRoom(10);
  const entered: string[] = [];
  const enter = (name: string, bytes: number): void => {
    void room.take(bytes).then(() => entered.push(name));
  };
  enter("first", 6);
  enter("too large for now", 5);
  enter("would fit", 1);
  await turn();
  expect(entered).toEqual(["first"]);
  room.give(6);
  await turn();
  expect(entered).toEqual(["first", "too large for now", "would fit"]);
});

test("what is larger than the whole room has it to itself", async () => {
  const room = new SpoolRoom(10);
  await room.take(1);
  let entered = false;
  void room.take(50).then(() => (entered = true));
  await turn();
  expect(entered).toBe(false);
  room.give(1);
  await turn();
  expect(entered).toBe(true);
});

test("everybody comes in, whatever is asked for and given back", async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      const room = new SpoolRoom(10);
      let inside = 0;
      const work = async (bytes: number): Promise<void> => {
        await room.take(bytes);
        inside += bytes;
        expect(inside <= 10 || inside === bytes).toBe(true);
        await turn();
        inside -= bytes;
        room.give(bytes);
      };
      await Promise.all(sizes.map(work));
      expect(inside).toBe(0);
    }),
  );
});
