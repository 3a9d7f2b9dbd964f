/** Where an image goes within the registry. */
export interface TargetName {
  readonly repository: string;
  readonly tag: string;
}

/** Target in one word, as a key and for people. */
export function formatTarget(target: TargetName): string {
  return `${target.repository}:${target.tag}`;
}
