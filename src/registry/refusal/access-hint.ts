import type { RefusalContext } from "./refusal-context.ts";

/** What to do where an account may not read or write, in the words of the registry's maker (registry.md 6.6). */
export function accessHint({ vendor, repository, signIn, isRead }: RefusalContext): string {
  const namespace = firstComponent(repository);
  if (isRead) {
    return [signIn?.missing, "Check that name and password are right, and that the account may pull there."]
      .filter(Boolean)
      .join(" ");
  }
  const advice =
    vendor.rights?.(namespace, repository) ??
    `Check that "${namespace}" exists, that name and password are right, and that the account may push there.`;
  if (signIn?.missing) return `It was asked without credentials. ${signIn.missing} ${advice}`;
  return signIn?.mayPush === false ? `The sign-in succeeds, but gives no right to push. ${advice}` : advice;
}

/** What to do where a project or repository is missing, or its path is refused. */
export function creationHint({ vendor, repository }: RefusalContext): string {
  const namespace = firstComponent(repository);
  return (
    vendor.creation?.(namespace, repository) ??
    `Create "${namespace}" in the registry, or choose another place with --prefix or --rename.`
  );
}

function firstComponent(repository: string): string {
  return repository.split("/", 1)[0] ?? repository;
}
