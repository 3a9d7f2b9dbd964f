import { expect, test } from "vitest";
import { ReplayRecorder } from "../../../src/deflate/splice/replay-recorder.ts";

test("takes ranges that follow each other for one", () => {
  const recorder = new ReplayRecorder();
  recorder.write(5, 3);
  for (let bit = 100; bit < 100_000; bit += 10) recorder.copy(bit, 10);
  expect(recorder.finish(9).operations).toEqual(Uint8Array.of(3, 100, 0xbc, 0x8c, 0x06));
});

test("gives up where an archive is cut into too many pieces to remember", () => {
  const recorder = new ReplayRecorder();
  expect(() => {
    for (let bit = 0; ; bit += 100) {
      recorder.write(0, 24);
      recorder.copy(bit, 10);
    }
  }).toThrow(expect.objectContaining({ code: "ARCHIVE_UNSUPPORTED" }));
});
