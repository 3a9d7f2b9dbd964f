import { describe, expect, test } from "vitest";
import type { Digest } from "../../../src/oci/digest.ts";
import { orderBySubject } from "../../../src/transfer/artifacts/order-by-subject.ts";
import type { PlannedArtifact } from "../../../src/transfer/plan/plan-artifacts.ts";
import { buildArtifact } from "../../helpers/archives/source-image.ts";

const built = new Map(["a", "b", "c", "d", "e", "f"].map((text) => [text, buildArtifact(text)]));

function digestOf(text: string): Digest {
  const artifact = built.get(text);
  if (!artifact) throw new Error(`no artifact ${text}`);
  return artifact.manifest.descriptor.digest;
}

function artifact(text: string, subject?: string, repository = "app"): PlannedArtifact {
  const made = built.get(text);
  if (!made) throw new Error(`no artifact ${text}`);
  return {
    source: { host: "docker.io", repository, tag: text },
    target: { repository, tag: text },
    artifact: made,
    ...(subject === undefined ? {} : { subject: digestOf(subject) }),
  };
}

function waves(...artifacts: readonly PlannedArtifact[]): string[] {
  return orderBySubject(artifacts).map((wave) =>
    wave.map((group) => group.map(({ target }) => target.tag).join("+")).join(" "),
  );
}

describe("artifacts go up in waves", () => {
  test("a subject before what refers to it, whatever order they come in", () => {
    expect(waves(artifact("c", "b"), artifact("b", "a"), artifact("a"))).toEqual(["a", "b", "c"]);
  });

  test("what refers to one subject in one repository one after the other, all else at once", () => {
    expect(waves(artifact("a"), artifact("b", "a"), artifact("c", "a"), artifact("d"))).toEqual([
      "a d",
      "b+c",
    ]);
    expect(waves(artifact("b", "f"), artifact("c", "f", "other"))).toEqual(["b c"]);
  });

  test("what refers to something that comes in several places once all of them are there", () => {
    const chain = [
      artifact("b", "a"),
      artifact("c", "b"),
      artifact("b", "e", "other"),
      artifact("a"),
      artifact("e", "a"),
    ];
    expect(waves(...chain)).toEqual(["a", "b+e", "b", "c"]);
  });

  test("those that say of each other that they are their subject last, and none is lost", () => {
    expect(waves(artifact("a", "b"), artifact("b", "a"), artifact("c"))).toEqual(["c", "a b"]);
  });
});

test("a chain of thousands is put in order link by link", () => {
  const links = [buildArtifact("0")];
  const chain: PlannedArtifact[] = [];
  for (let at = 1; at <= 5000; at++) {
    const subject = links[at - 1]?.manifest.descriptor.digest;
    const link = buildArtifact(`${at}`);
    links.push(link);
    const target = { repository: "app", tag: `${at}` };
    chain.push({
      source: { host: "docker.io", ...target },
      target,
      artifact: link,
      ...(subject ? { subject } : {}),
    });
  }
  const tags = orderBySubject(chain.reverse()).map((wave) => wave.flat().map(({ target }) => target.tag));
  expect(tags).toEqual(Array.from({ length: 5000 }, (_, i) => [`${i + 1}`]));
});
