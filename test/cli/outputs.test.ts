import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { dropUnwritten, watchOutput } from "../../src/cli/outputs.ts";

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: write`), { code, syscall: "write" });
}

/** A stream that cannot be written: it throws, as files do, or tells of it later, as other streams do. */
function broken(how: "throws" | "tells", code: string): NodeJS.WriteStream {
  const stream = new Writable({
    write(_chunk, _encoding, callback) {
      if (how === "throws") throw systemError(code);
      callback(systemError(code));
    },
  });
  return stream as NodeJS.WriteStream;
}

const full = {
  code: "FILE_NOT_WRITABLE",
  exitCode: 74,
  message: "Cannot write to standard output: the disk is full (ENOSPC)",
};

test("a file on a full disk is told at the write", async () => {
  const stdout = broken("throws", "ENOSPC");
  const watched = watchOutput(stdout);
  expect(() => stdout.write("x")).toThrow(expect.objectContaining(full));
  expect(() => stdout.write("y")).toThrow(expect.objectContaining(full));
  expect(await watched.failure()).toMatchObject(full);
});

test("what a stream tells of behind the write is there at the end, and at the next write", async () => {
  const stdout = broken("tells", "ENOSPC");
  const watched = watchOutput(stdout);
  stdout.write("x");
  expect(await watched.failure()).toMatchObject(full);
  expect(() => stdout.write("y")).toThrow(expect.objectContaining(full));
});

test("a disk that fails otherwise has the exit code of a file that cannot be made", async () => {
  const stdout = broken("tells", "EIO");
  const watched = watchOutput(stdout);
  stdout.write("x");
  expect(await watched.failure()).toMatchObject({ code: "FILE_NOT_WRITABLE", exitCode: 73 });
});

test("a pipe that nobody reads is no failure", async () => {
  const stdout = broken("tells", "EPIPE");
  const watched = watchOutput(stdout);
  stdout.write("x");
  expect(await watched.failure()).toBeUndefined();
  expect(() => stdout.write("y")).not.toThrow();
});

test.each(["throws", "tells"] as const)(
  "what cannot be written to standard error is dropped: it %s",
  (how) => {
    const stderr = broken(how, "ENOSPC");
    dropUnwritten(stderr);
    expect(() => stderr.write("x")).not.toThrow();
  },
);
