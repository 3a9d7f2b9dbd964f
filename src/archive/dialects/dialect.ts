import type { SourceImage } from "../../content/image-source.ts";
import type { Entries } from "../index/entries.ts";
import type { ArchiveImages } from "../images/merge-images.ts";
import type { OpenedArchive } from "../images/opened-archive.ts";

/** One way in which programs write images: how it is recognised, how it is read, and what it is called. */
export interface Dialect {
  /** For people, after "it is": `an OCI image layout`. */
  readonly title: string;
  /**
   * The folder that an entry of that cleaned name marks as one of this dialect: empty for the archive's root, or with a
   * slash at its end; undefined for an entry that tells nothing. Called for every entry of every archive.
   */
  findFolder(name: string): string | undefined;
  /** Whether such a folder really is one; may look into its files. Throws what reading them throws. */
  accepts(folder: OpenedArchive): Promise<boolean>;
  /** All its images and artifacts, checked. Throws `AirgapError`s that name the image. */
  read(folder: OpenedArchive): Promise<ArchiveImages>;
  /** The program that wrote it, as far as its form tells, for people. */
  nameWriter(entries: Entries, images: readonly SourceImage[]): string;
}

/** A {@link Dialect.findFolder} for a dialect whose folders hold a file of that name. */
export function besideFile(file: string): Dialect["findFolder"] {
  return (name) => {
    if (name === file) return "";
    return name.endsWith(`/${file}`) ? name.slice(0, -file.length) : undefined;
  };
}

/** What only a certain writer leaves behind: a name for each mark. */
export interface WriterForm {
  readonly writer: string;
  readonly marks: readonly RegExp[];
}

/** The first writer all of whose marks are there; the most telling ones stand first (archives.md 3). */
export function matchWriter({ names }: Entries, forms: readonly WriterForm[]): string | undefined {
  return forms.find(({ marks }) => marks.every((mark) => names.some((name) => mark.test(name))))?.writer;
}
