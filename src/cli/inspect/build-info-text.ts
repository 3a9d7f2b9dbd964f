import type { JsonObject } from "../../oci/json.ts";

/**
 * BuildKit's build info of an image as buildx 0.8 showed it: where it came from, and what it was made with. `infos` has one
 * for each platform, under its name where there are several.
 */
export function formatBuildInfo(name: string, infos: ReadonlyMap<string, JsonObject>): string {
  const parts = [...infos].map(([platform, info]) => {
    const head = infos.size > 1 ? `Platform: ${platform}\n` : "";
    return `${head}Frontend: ${textOf(info.get("frontend"))}\n${formatAttrs(info)}${formatSources(info)}`;
  });
  return `Name: ${name}\n${parts.join("\n")}`;
}

function formatAttrs(info: JsonObject): string {
  const attrs = info.get("attrs");
  if (!(attrs instanceof Map) || attrs.size === 0) return "";
  const entries = [...(attrs as JsonObject)];
  const width = Math.max(...entries.map(([key]) => key.length)) + 2;
  return `Attrs:\n${entries.map(([key, value]) => `  ${`${key}:`.padEnd(width)}${textOf(value)}\n`).join("")}`;
}

function formatSources(info: JsonObject): string {
  const sources = info.get("sources");
  if (!Array.isArray(sources) || sources.length === 0) return "";
  const parts = sources
    .filter((source) => source instanceof Map)
    .map((source: JsonObject) =>
      ["Type", "Ref", "Pin"]
        .map((key) => `  ${`${key}:`.padEnd(6)}${textOf(source.get(key.toLowerCase()))}\n`)
        .join(""),
    );
  return `Sources:\n${parts.join("\n")}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
