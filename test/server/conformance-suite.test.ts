import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { DirectoryStorage } from "../../src/storage/directory/directory-storage.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

describeWith(findMissing("conformance"), "the distribution specification's own suite", () => {
  test("finds no fault with a folder that is served", async () => {
    const results = await makeTempFolder();
    await using registry = await startTestRegistry({
      storage: await DirectoryStorage.open(await makeTempFolder()),
    });
    const settings = {
      OCI_REGISTRY: registry.host,
      OCI_TLS: "disabled",
      OCI_RESULTS_DIR: results,
      OCI_API_BLOBS_DIGEST_HEADER: "true",
      OCI_API_MANIFESTS_DIGEST_HEADER: "true",
      OCI_API_BLOBS_UPLOAD_CANCEL: "true",
    };
    const options = { cwd: results, env: { ...process.env, ...settings }, maxBuffer: 2 ** 26 };
    await promisify(execFile)("conformance", [], options);
    const [, tests, failures, errors] =
      /tests="(\d+)" failures="(\d+)" errors="(\d+)"/.exec(
        await readFile(join(results, "junit.xml"), "utf8"),
      ) ?? [];
    expect({ failures, errors, failed: registry.failures }).toEqual({
      failures: "0",
      errors: "0",
      failed: [],
    });
    expect(Number(tests)).toBeGreaterThan(800);
  });
});
