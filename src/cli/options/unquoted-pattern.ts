import { dirname, extname, join } from "node:path";
import { note, type Notice } from "../../content/notice.ts";
import { shellWord } from "../../oci/shell-word.ts";
import { type ArchiveFlags, architectureOptions } from "./load-flags.ts";

const maxNamed = 3;

/**
 * A note where `--amd64 *.tar` looks unquoted: the shell makes one archive of that architecture of it, and bare files of the
 * others, which lie behind it in the same folder. None where that cannot be.
 */
export function sayUnquoted(files: readonly string[], flags: ArchiveFlags): Notice[] {
  const given = architectureOptions.flatMap((option) =>
    (flags[option] ?? []).map((path) => ({ option, path })),
  );
  const [only, another] = given;
  if (!only || another || /[*?]/.test(only.path) || files.length === 0) return [];
  const folder = dirname(only.path);
  const isBehind = (file: string): boolean => dirname(file) === folder && file > only.path;
  if (!files.every(isBehind)) return [];
  const more = files.length > maxNamed ? ` and ${files.length - maxNamed} more` : "";
  const pattern = join(folder, `*${extname(only.path)}`);
  return [
    note(
      `--${only.option} is for ${only.path} alone, and not for ${files.slice(0, maxNamed).join(", ")}${more}: a pattern for all of them has to be quoted, --${only.option} ${shellWord(pattern)}`,
    ),
  ];
}
