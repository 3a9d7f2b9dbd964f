/** The repository that a request writes to, and the one that it mounts from. */
export interface RepositoryAccess {
  readonly repository: string;
  readonly mountFrom?: string | undefined;
  /** What is to be done there, default to write. */
  readonly right?: "delete" | "list";
}

/**
 * The scopes to ask a token for (distribution, auth/scope.md): one for each repository, the target first, since some
 * servers read only the first; never `*`, and `delete` only to delete, which GitLab and Quay refuse. All repositories are listed
 * by a right of its own.
 */
export function scopesFor(access: RepositoryAccess, readOnly: boolean): readonly string[] {
  if (access.right === "list") return ["registry:catalog:*"];
  if (access.right === "delete") return [`repository:${access.repository}:pull,delete`];
  const target = `repository:${access.repository}:${readOnly ? "pull" : "pull,push"}`;
  return access.mountFrom === undefined ? [target] : [target, `repository:${access.mountFrom}:pull`];
}
