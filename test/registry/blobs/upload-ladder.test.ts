import { describe, expect, test } from "vitest";
import { type UploadForm, UploadLadder } from "../../../src/registry/blobs/upload-ladder.ts";
import { detectVendor, unknownVendor } from "../../../src/registry/refusal/vendor.ts";

const mib = 1024 * 1024;
const blobSize = 100 * mib;

/** All forms that are tried while one step after the other is taken. */
function forms(host: string, step: "descend" | "shrink"): (string | number)[] {
  const ladder = new UploadLadder(detectVendor(host, [], new Map()));
  const seen: (string | number)[] = [];
  for (let goesOn = true; goesOn && seen.length < 10;) {
    const { form } = ladder;
    seen.push(nameOf(form));
    goesOn = step === "descend" ? ladder.descend(form) : ladder.shrink(form, blobSize);
  }
  return seen;
}

function nameOf(form: UploadForm): string | number {
  return form.kind === "chunks" ? form.size / mib : form.kind;
}

describe("the forms of an upload", () => {
  const smallest = 900 / 1024;

  test.for([
    { host: "registry.site:5000", step: "descend", expected: ["put", "patch", 32] },
    { host: "registry.site:5000", step: "shrink", expected: ["put", 32, 8, 4, smallest] },
    { host: "1.dkr.ecr.eu-central-1.amazonaws.com", step: "descend", expected: ["put", "patch", 32] },
    { host: "1.dkr.ecr.eu-central-1.amazonaws.com", step: "shrink", expected: ["put", 32, 8] },
    { host: "ghcr.io", step: "descend", expected: ["put", "patch", 4] },
    { host: "ghcr.io", step: "shrink", expected: ["put", 4, smallest] },
    { host: "gcr.io", step: "descend", expected: ["put", "patch"] },
    { host: "gcr.io", step: "shrink", expected: ["put"] },
    { host: "site.azurecr.io", step: "shrink", expected: ["put", 32, 8, 4, smallest] },
  ] as const)("$host, $step: $expected", ({ host, step, expected }) => {
    expect(forms(host, step)).toEqual(expected);
  });

  test("shrink below the request that was refused, not only below the last chunk", () => {
    const ladder = new UploadLadder(unknownVendor);
    ladder.shrink(ladder.form, 5 * mib);
    expect(nameOf(ladder.form)).toBe(4);
  });

  test("take one step for uploads that fail together", () => {
    const ladder = new UploadLadder(unknownVendor);
    const { form } = ladder;
    for (let i = 0; i < 3; i++) expect(ladder.descend(form)).toBe(true);
    expect(nameOf(ladder.form)).toBe("patch");
    expect(ladder.shrink(form, mib)).toBe(true);
    expect(nameOf(ladder.form)).toBe("patch");
  });

  test("are proven by a success in the present form alone", () => {
    const ladder = new UploadLadder(unknownVendor);
    const { form } = ladder;
    ladder.descend(form);
    ladder.prove(form);
    expect(ladder.proven).toBe(false);
    ladder.prove(ladder.form);
    expect(ladder.proven).toBe(true);
  });
});
