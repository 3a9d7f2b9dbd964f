/** The repository that a request writes to, and the one that it mounts from. */
export interface RepositoryAccess {
  readonly repository: string;
  readonly mountFrom?: string | undefined;
}

/**
 * The scopes to ask a token for (distribution, auth/scope.md): one for each repository, the target first, since some
 * servers read only the first; never `*` or `delete`, which GitLab and Quay refuse.
 */
export function scopesFor(access: RepositoryAccess, readOnly: boolean): readonly string[] {
  const target = `repository:${access.repository}:${readOnly ? "pull" : "pull,push"}`;
  return access.mountFrom === undefined ? [target] : [target, `repository:${access.mountFrom}:pull`];
}
