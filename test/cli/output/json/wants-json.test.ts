import { expect, test } from "vitest";
import { wantsJson } from "../../../../src/cli/output/json/wants-json.ts";

const commands = ["load", "sync", "save", "inventory"];

test.for([
  ["--json anywhere", true, "sync --to a b --json", {}],
  ["--output json", true, "--output json a.tar", {}],
  ["--output=json", true, "load --output=json a.tar", {}],
  ["the last of two", false, "--output json --output=table a.tar", {}],
  ["another form", false, "--output digests a.tar", {}],
  ["a file of that name", false, "save -o a --output json b:1", {}],
  ["the main job's variable", true, "a.tar", { AIRGAP_LOAD_OUTPUT: "json" }],
  ["an option before its variable", false, "--output table a.tar", { AIRGAP_LOAD_OUTPUT: "json" }],
  ["the main job's switch", true, "load a.tar", { AIRGAP_LOAD_JSON: "1" }],
  ["a switch that says no", false, "load a.tar", { AIRGAP_LOAD_JSON: "no" }],
  ["a variable that is not this command's", false, "sync --to a b", { AIRGAP_LOAD_OUTPUT: "json" }],
] as const)("%s is told before options are read: %s", ([, wanted, line, env]) => {
  expect(wantsJson(line.split(" "), env, commands)).toBe(wanted);
});
