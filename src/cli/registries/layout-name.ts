import { isRepository, isTag } from "../../oci/reference.ts";

/** Where something is in an image layout: a repository and a tag, `latest` where none is written. */
export interface LayoutName {
  readonly name: string;
  readonly tag: string;
}

/** Reads `NAME` or `NAME:TAG`; nothing where it is neither, such as a bare tag with a name's forbidden letters. */
export function readLayoutName(text: string): LayoutName | undefined {
  const [, name = "", tag = "latest"] = /^(.*?)(?::([^:/]*))?$/s.exec(text) ?? [];
  return isRepository(name) && isTag(tag) ? { name, tag } : undefined;
}
