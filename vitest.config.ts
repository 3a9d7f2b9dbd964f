import { defineConfig } from "vitest/config";

const results = process.env["TEST_RESULTS"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // By default one core is left idle, which is half of a small machine; many tests only wait for other processes.
    maxWorkers: "100%",
    // What was scanned is remembered by tests of that alone: others are about scanning.
    env: { AIRGAP_LOAD_NO_CACHE: "1" },
    restoreMocks: true,
    unstubEnvs: true,
    // Only what hangs is to be ended: on a busy machine everything takes many times as long.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 300_000 } },
    reporters: results ? ["default", ["json", { outputFile: results }]] : ["default"],
  },
});
