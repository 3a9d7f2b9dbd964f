import { expect, test } from "vitest";
import { cacheFolder } from "../../../src/cli/files/scan-cache.ts";

const home = { HOME: "/home/ada" };

test.each([
  ["the user's cache folder", {}, home, "/home/ada/.cache/airgap-load/scans"],
  ["XDG's", {}, { ...home, XDG_CACHE_HOME: "/var/cache/ada" }, "/var/cache/ada/airgap-load/scans"],
  ["the variable's", {}, { ...home, AIRGAP_LOAD_CACHE_DIR: "/c" }, "/c"],
  ["the option's", { cacheDir: "/d" }, { ...home, AIRGAP_LOAD_CACHE_DIR: "/c" }, "/d"],
  ["none where there is no home", {}, {}, undefined],
  ["none with --no-cache", { cache: false, cacheDir: "/d" }, home, undefined],
  ["none where the variable says so", { cache: true }, { ...home, AIRGAP_LOAD_NO_CACHE: "1" }, undefined],
  ["one where the variable says no", {}, { AIRGAP_LOAD_NO_CACHE: "0", AIRGAP_LOAD_CACHE_DIR: "/c" }, "/c"],
])("scans are remembered in %s", (_, flags, env, folder) => {
  expect(cacheFolder(flags, env)).toBe(folder);
});
