import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type RoomShare, SpoolRoom } from "../../../src/archive/spool/spool-room.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Whether a file may grow at once, and a promise of when it may. */
async function tryToGrow(share: RoomShare, bytes: number): Promise<{ may: boolean; later: Promise<void> }> {
  let may = false;
  const later = share.grow(bytes).then(() => void (may = true));
  await turn();
  return { may, later };
}

test("a file waits while others that will be given back take the room", async () => {
  const room = new SpoolRoom(10);
  const [sent, next] = [room.begin(6), room.begin(6)];
  await sent.grow(6);
  sent.settle();
  await next.grow(4);
  const { may, later } = await tryToGrow(next, 2);
  expect(may).toBe(false);
  sent.give();
  await later;
});

test("a file leaves the one before it the room that it is expected to need", async () => {
  const room = new SpoolRoom(10);
  const [first, second] = [room.begin(8), room.begin(8)];
  await first.grow(1);
  await second.grow(2);
  const { may, later } = await tryToGrow(second, 1);
  expect(may).toBe(false);
  await first.grow(7);
  first.settle();
  first.give();
  await later;
});

test("where nothing will be given back, the first file grows as large as it likes", async () => {
  const room = new SpoolRoom(10);
  const [first, second] = [room.begin(5), room.begin(5)];
  await second.grow(5);
  await first.grow(50);
  const { may } = await tryToGrow(second, 1);
  expect(may).toBe(false);
});

test("what is given back twice counts once", async () => {
  const room = new SpoolRoom(10);
  const [first, second] = [room.begin(10), room.begin(10)];
  await first.grow(10);
  first.give();
  first.give();
  await second.grow(10);
  second.settle();
  const { may } = await tryToGrow(room.begin(1), 1);
  expect(may).toBe(false);
});

test("every file is written, whatever is taken and given back, and the limit holds for files that fit", async () => {
  const sizes = fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(sizes, async (files) => {
      const room = new SpoolRoom(20);
      let inside = 0;
      const write = async (parts: readonly number[]): Promise<void> => {
        const size = parts.reduce((sum, part) => sum + part, 0);
        const share = room.begin(size);
        for (const part of parts) {
          await share.grow(part);
          inside += part;
          expect(inside).toBeLessThanOrEqual(20);
          await turn();
        }
        share.settle();
        await turn();
        inside -= size;
        share.give();
      };
      await Promise.all(files.map(write));
      expect(inside).toBe(0);
    }),
  );
});
