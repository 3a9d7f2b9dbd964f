import { randomUUID } from "node:crypto";

/** What we call files that are not finished, uploads by their id: nothing else is ever swept. */
const ownName = /^(?:part-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A name for a file that is about to take another. */
export function partName(): string {
  return `part-${randomUUID()}`;
}

/** Whether a file's name is one that we give to what is not finished. */
export function isOwnName(name: string): boolean {
  return ownName.test(name);
}
