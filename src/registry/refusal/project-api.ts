/** How a maker's registries are asked for a namespace and made to have it, beside the registry's own API. */
export interface ProjectApi {
  /** What it is called there. */
  readonly noun: string;
  /** Where a namespace is asked for: 200 where it is there, 404 where not. */
  readonly find: { readonly method: "HEAD" | "GET"; readonly path: (namespace: string) => string };
  readonly create: { readonly path: string; readonly body: (namespace: string) => unknown };
}

/** For an admin, a user unless only admins may, and a system robot with that right; 409 where it exists (Harbor 2.16). */
export const harborProjects: ProjectApi = {
  noun: "project",
  find: { method: "HEAD", path: (namespace) => `/api/v2.0/projects?project_name=${namespace}` },
  create: {
    path: "/api/v2.0/projects",
    body: (namespace) => ({ project_name: namespace, metadata: { public: "false" } }),
  },
};

/** Users and organizations share their names (Gitea, Forgejo). */
export const giteaOrganizations: ProjectApi = {
  noun: "organization",
  find: { method: "GET", path: (namespace) => `/api/v1/users/${namespace}` },
  create: {
    path: "/api/v1/orgs",
    body: (namespace) => ({ username: namespace, visibility: "private" }),
  },
};

/** Its API takes an OAuth token alone, the password of the user `$oauthtoken`. */
export const quayOrganizations: ProjectApi = {
  noun: "organization",
  find: { method: "GET", path: (namespace) => `/api/v1/organization/${namespace}` },
  create: { path: "/api/v1/organization/", body: (namespace) => ({ name: namespace }) },
};
