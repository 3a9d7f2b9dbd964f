import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { withFailedList } from "../../../src/cli/progress/with-failed-list.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import type { OnEvent } from "../../../src/transfer/report/events.ts";
import { createFakeTerminal } from "../../helpers/processes/fake-terminal.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const unreachable = new AirgapError("REGISTRY_UNREACHABLE", "Cannot reach it", { exit: "unreachable" });

function tellSome(onEvent: OnEvent): void {
  onEvent({ type: "planned", images: 4, names: ["a:1", "b:1", "c:1", "d:1"] });
  onEvent({ type: "synced", name: "a:1", title: "to/a:1", outcome: "unchanged" });
  onEvent({ type: "synced", name: "b:1", title: "to/b:1", outcome: "failed" });
  onEvent({ type: "checked", done: 1, total: 4, name: "c:1", isSound: true });
}

async function run(
  path: string,
  work: (onEvent: OnEvent) => Promise<void>,
  signal = new AbortController().signal,
): Promise<unknown> {
  const terminal = createFakeTerminal({ signal });
  const flags = { failedList: path, progress: false };
  return withFailedList(flags, terminal, ({ onEvent }) => work(onEvent), "publishes").catch(
    (error: unknown) => error,
  );
}

async function makeFile(): Promise<string> {
  const path = join(await makeTempFolder(), "lists", "failed.txt");
  await mkdir(dirname(path));
  await writeFile(path, "of the run before\n");
  return path;
}

test("an error that ends a run leaves a list of all that is not done, what failed and what was never begun", async () => {
  const path = await makeFile();
  const error = await run(path, async (onEvent) => {
    tellSome(onEvent);
    throw unreachable;
  });
  expect(error).toBe(unreachable);
  expect(await readFile(path, "utf8")).toBe("b:1\nd:1\n");
});

test("a signal leaves the same, and the run is told as interrupted", async () => {
  const [path, stop] = [await makeFile(), new AbortController()];
  const error = await run(
    path,
    async (onEvent) => {
      tellSome(onEvent);
      stop.abort(new Error("SIGTERM"));
      throw unreachable;
    },
    stop.signal,
  );
  expect(error).toMatchObject({ code: "INTERRUPTED", exitCode: 143 });
  expect(await readFile(path, "utf8")).toBe("b:1\nd:1\n");
});

test("a run that ends before anything is planned leaves the list as it is", async () => {
  const path = await makeFile();
  expect(await run(path, () => Promise.reject(unreachable))).toBe(unreachable);
  expect(await readFile(path, "utf8")).toBe("of the run before\n");
});

test("a list that cannot be written is not what a run has failed for", async () => {
  const path = await makeFile();
  const error = await run(path, async (onEvent) => {
    tellSome(onEvent);
    await rm(dirname(path), { recursive: true });
    throw unreachable;
  });
  expect(error).toBe(unreachable);
});

test("a list that cannot be written is told before anything is done", async () => {
  let isBegun = false;
  const error = await run(
    join(await makeTempFolder(), "absent", "failed.txt"),
    async () => void (isBegun = true),
  );
  expect([error, isBegun]).toEqual([expect.objectContaining({ code: "FILE_NOT_WRITABLE" }), false]);
});
