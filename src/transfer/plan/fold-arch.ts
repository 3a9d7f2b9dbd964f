import type { Notice } from "../../content/notice.ts";
import { normalizePlatform } from "../../oci/platform.ts";
import { familiarReference, formatReference, type Reference } from "../../oci/reference.ts";
import type { PlannedEntry } from "./planned-image.ts";

/** An architecture at the end of a repository or a tag, as Kubernetes' tarballs and old mirrors have it. */
const suffix =
  /^(.+?)(?:[-_]+linux)?[-_]+(amd64|x86[-_]64|arm64(?:[-_]?v8)?|aarch64|arm(?:hf|el|(?:32)?[-_]?v[5-7]l?)?|386|i[3-6]86|ppc64le|s390x|riscv64|loong64)$/;

/**
 * A name without the architecture that its repository or its tag ends with: `kube-apiserver-amd64:v1` is `kube-apiserver:v1`.
 * Where it is known what the image is for, a name that ends with something else stays.
 */
export function foldName(name: Reference, architecture?: string): Reference {
  const fold = (text: string): string => {
    const [, stem = text, word = ""] = suffix.exec(text) ?? [];
    return architecture === undefined || readArchitecture(word) === architecture ? stem : text;
  };
  const { tag } = name;
  return { ...name, repository: fold(name.repository), ...(tag === undefined ? {} : { tag: fold(tag) }) };
}

function readArchitecture(word: string): string {
  const bare = word.replace(/(?:32)?[-_]?v\dl?$/, "");
  return normalizePlatform({ os: "linux", architecture: bare }).architecture;
}

/** Of these names, how many a note gives. */
const mostTold = 3;

interface NamedImages {
  readonly source: Reference;
  readonly entries: ReadonlyMap<string, PlannedEntry>;
}

/** A note where names differ only in the architecture that they end with: they can be one image. */
export function suggestFold(lists: readonly NamedImages[]): Notice[] {
  const groups = new Map<string, Set<string>>();
  for (const { source, entries } of lists) {
    for (const { image } of entries.values()) {
      const folded = foldName(source, image.platform.architecture);
      const key = formatReference(folded);
      if (key === formatReference(source)) continue;
      groups.set(key, (groups.get(key) ?? new Set()).add(familiarReference(source)));
    }
  }
  const several = [...groups.values()]
    .filter((names) => names.size > 1)
    .map((names) => [...names].join(" and "));
  if (several.length === 0) return [];
  const more = several.length > mostTold ? `, and ${several.length - mostTold} more` : "";
  const text = `${several.slice(0, mostTold).join("; ")}${more} have their architecture in their names: --fold-arch makes one image of them`;
  return [{ severity: "note", text }];
}
