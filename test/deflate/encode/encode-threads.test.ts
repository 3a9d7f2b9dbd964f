import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import {
  createPieceBuffer,
  encodePiece,
  type Piece,
  type PieceBuffer,
} from "../../../src/deflate/encode/encode-threads.ts";

test("threads that fail fail their own pieces, and those that wait for a thread get others", async () => {
  const good: Piece = { buffer: createPieceBuffer(), history: 0, size: 1000, level: 3 };
  const bad: Piece = { ...good, buffer: undefined as unknown as PieceBuffer };
  const pieces = [...Array.from({ length: 2 * availableParallelism() }, () => bad), good];
  const ended = await Promise.allSettled(pieces.map(encodePiece));
  expect(ended.map(({ status }) => status)).toEqual(
    pieces.map((piece) => (piece === good ? "fulfilled" : "rejected")),
  );
  expect(await encodePiece({ ...good, buffer: createPieceBuffer() })).toBeLessThan(100);
});
