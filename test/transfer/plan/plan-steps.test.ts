import { describe, expect, test } from "vitest";
import type { SourceReferrer } from "../../../src/content/image-source.ts";
import type { Plan } from "../../../src/transfer/plan/plan.ts";
import { planLoad } from "../../../src/transfer/plan/plan.ts";
import type { GivenSource } from "../../../src/transfer/plan/planned-image.ts";
import { formatTarget } from "../../../src/transfer/report/target-name.ts";
import { buildArtifact, buildImage } from "../../helpers/archives/source-image.ts";
import { planOptions } from "../../helpers/plan-options.ts";
import { give } from "../../helpers/summarize-plan.ts";

/** The plan, and how often others could have had their turn meanwhile. */
function countSteps(source: GivenSource, imageList?: readonly string[]): { plan: Plan; steps: number } {
  const working = planLoad([source], planOptions(imageList ? { imageList: [...imageList] } : {}));
  for (let steps = 0; ; steps++) {
    const { done, value } = working.next();
    if (done) return { plan: value, steps };
  }
}

const names = Array.from({ length: 400 }, (_, i) => `app:${i}`);

describe("a plan lets others have their turn", () => {
  test("at every name of an image, where images become lists", () => {
    const { plan, steps } = countSteps(give("", [buildImage({ names })]));
    expect(plan.lists).toHaveLength(names.length);
    expect(steps).toBeGreaterThan(4 * names.length);
  });

  test("at every image and artifact, where names that cannot be used are looked for", () => {
    const images = names.map((name) => buildImage({ names: [name.toUpperCase()], salt: name }));
    const artifacts = names.map((name) => ({ ...buildArtifact(name), names: [`x/${name}`] }));
    const { plan, steps } = countSteps(
      give("", [...images, buildImage({ names: ["app:good"] })], { artifacts }),
    );
    expect(plan.failures).toHaveLength(names.length);
    expect(plan.artifacts).toHaveLength(names.length);
    expect(steps).toBeGreaterThan(4 * names.length);
  });

  test("at every name of an image list", () => {
    const source = give("", [buildImage({ names })]);
    const listed = countSteps(source, names);
    expect(listed.steps).toBeGreaterThan(countSteps(source).steps + names.length / 2);
  });

  test("at every referrer, once, in whatever order they come", () => {
    const image = buildImage({ names: ["app:1"], manifest: "oci" });
    const first = image.manifest?.descriptor.digest;
    if (!first) throw new Error("no manifest");
    const chain: SourceReferrer[] = [];
    for (let subject = first; chain.length < names.length;) {
      const artifact = buildArtifact(`speaks of ${subject}`);
      chain.push({ ...artifact, names: [], subject });
      subject = artifact.manifest.descriptor.digest;
    }
    const { plan, steps } = countSteps(give("", [image], { referrers: chain.toReversed() }));
    expect(plan.artifacts.map(({ target }) => formatTarget(target))).toEqual(
      chain.map(({ manifest }) => `library/app@${manifest.descriptor.digest}`),
    );
    expect(steps).toBeLessThan(2 * names.length);
  });
});

test("more warnings than arguments fit on the stack are told", () => {
  const notes = Array.from({ length: 200_000 }, (_, i) => `note ${i}`);
  const { plan } = countSteps(give("", [buildImage({ names: ["app:1"] })], { notes }));
  expect(plan.warnings.length).toBeGreaterThanOrEqual(notes.length);
});
