import { selectTags } from "../../lists/tag-pattern.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { formatReference } from "../../oci/reference.ts";
import type { RegistryPool } from "./registry-pool.ts";
import type { NamedImages, SourceName } from "./source-names.ts";

/**
 * Asks registries for the tags that patterns mean; what is named twice comes once. Throws `TAG_PATTERN_UNMET` for all patterns
 * that mean nothing, since what they should have brought would be missed only when it is needed.
 */
export async function expandTags(
  given: readonly NamedImages[],
  pool: RegistryPool,
  newest: number | undefined,
  signal: AbortSignal,
): Promise<SourceName[]> {
  const expanded = await Promise.all(
    given.map(async ({ pattern, ...named }): Promise<readonly SourceName[]> => {
      if (!pattern) return [named];
      const { name, source } = named;
      const tags = await (await pool.repository(source)).listTags(signal);
      return selectTags(pattern, tags, newest).map((tag) => ({
        ...named,
        name: { ...name, tag },
        source: { ...source, tag },
      }));
    }),
  );
  const unmet = given.filter((_, i) => expanded[i]?.length === 0);
  if (unmet.length > 0) throw unmetPatterns(unmet);
  return [...new Map(expanded.flat().map((each) => [formatReference(each.name), each])).values()];
}

function unmetPatterns(unmet: readonly NamedImages[]): AirgapError {
  const texts = unmet.map(({ pattern, source }) => `  - ${pattern?.text}, of ${formatReference(source)}`);
  return new AirgapError("TAG_PATTERN_UNMET", ["Cannot begin: no tag fits these patterns:", ...texts], {
    exit: "content",
    hint: "Tags of single architectures, signatures and lists of referrers are not counted.",
  });
}
