import { describe, expect, test } from "vitest";
import { formatSpec } from "../../../src/cli/load/format-spec.ts";
import { parseSpec } from "../../../src/cli/push-spec/parse-spec.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { listReport, loadReport } from "../../helpers/load-report.ts";
import { summarizeSpec } from "../../helpers/summarize-spec.ts";

describe("formatSpec", () => {
  test("writes what parseSpec reads: what was published, by tag where it has one, else by digest", () => {
    const tagged = listReport("a/app:1.0", { "linux/arm/v7": "pushed" });
    const lists = [
      { ...tagged, cells: tagged.cells.map((cell) => ({ ...cell, archTag: "1.0-arm" })) },
      listReport("b:1", { "linux/amd64": "kept", "linux/arm64": "missing" }),
      listReport("c:1", { "linux/amd64": "failed" }),
    ];
    const text = [...formatSpec(loadReport(lists))].join("");
    expect(text).toContain("image: host:5000/a/app:1.0\n");
    expect(parseSpec(text, "written").map(summarizeSpec)).toEqual([
      "host:5000/a/app:1.0 : host:5000/a/app:1.0-arm linux/arm/v7",
      `host:5000/b:1 : host:5000/b@${digestOf("linux/amd64")} linux/amd64`,
    ]);
  });
});
