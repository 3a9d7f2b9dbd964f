import type { LayerContents } from "../../../content/layer-contents.ts";
import type { ImageConfig } from "../../../oci/image-config.ts";
import { printable } from "../../../oci/printable.ts";
import { findProgram } from "./find-program.ts";
import type { FileTree } from "./file-tree.ts";
import { overlayLayers } from "./overlay.ts";

/** What the binaries in an image's layers say, and which of them were asked. */
export interface BinaryVote {
  readonly architecture: string;
  /** For people: `bin/pause`, or `12 of 13 binaries`. */
  readonly evidence: string;
}

/** Why the binaries were not asked, a clause for people. */
export interface Abstention {
  readonly abstained: string;
}

/** Whether binaries were asked and had an answer. */
export function isVote(answer: BinaryVote | Abstention | undefined): answer is BinaryVote {
  return answer !== undefined && "architecture" in answer;
}

const tooMuch: Abstention = {
  abstained:
    "its binaries are not asked: its layers have too many files for that, or runtimes do not unpack them alike",
};
const disputed: Abstention = {
  abstained: "its binaries are not asked: what its command starts is not the same for all runtimes",
};

/** More rows than this of one image are not looked at: a second's work. */
const maxRows = 2_000_000;

/**
 * The architecture of the binaries that are left when an image's layers lie one over the other: that of the program which
 * its command starts where it can be found, else the majority's; no binaries or a tie are no vote (decision 3).
 */
export function askBinaries(
  config: ImageConfig,
  layers: readonly LayerContents[],
): BinaryVote | Abstention | undefined {
  if (!layers.every(({ isComplete }) => isComplete)) return tooMuch;
  const rows = [...new Set(layers)].reduce((sum, { rowKeys }) => sum + rowKeys.length, 0);
  const tree = rows > maxRows ? undefined : overlayLayers(layers);
  if (!tree) return tooMuch;
  const program = findProgram(config, tree);
  if (program === "disputed") return disputed;
  if (program) return { architecture: program.architecture, evidence: printable(program.path) };
  return askMajority(tree);
}

function askMajority(tree: FileTree): BinaryVote | undefined {
  const counts = new Map<string, number>();
  for (const row of tree.values()) {
    if (row.kind === "binary") counts.set(row.architecture, (counts.get(row.architecture) ?? 0) + 1);
  }
  const [first, second] = [...counts].sort(([, a], [, b]) => b - a);
  if (!first || first[1] === second?.[1]) return undefined;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return {
    architecture: first[0],
    evidence: `${first[1]} of ${total} ${total === 1 ? "binary" : "binaries"}`,
  };
}
