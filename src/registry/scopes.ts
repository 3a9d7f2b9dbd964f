/** The scopes for pushing to a repository, and for mounting from others (distribution, auth/scope.md): the target first, since some servers read only the first. */
export function pushScopes(repository: string, mountFrom?: string): readonly string[] {
  const target = `repository:${repository}:pull,push`;
  return mountFrom === undefined ? [target] : [target, `repository:${mountFrom}:pull`];
}
