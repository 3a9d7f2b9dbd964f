import { isHubHost } from "../../oci/host-name.ts";
import { giteaOrganizations, harborProjects, type ProjectApi, quayOrganizations } from "./project-api.ts";
import type { Challenge } from "../auth/challenge.ts";

/** What is to be known of one maker's registries: a line of {@link vendors}. What is left out is as the specification has it. */
export interface Vendor {
  readonly name: string;
  /** Its own host names; they come before what the registry shows of itself. */
  readonly hosts?: (hostname: string) => boolean;
  /** Its answer to a ping. */
  readonly shows?: (ping: Ping) => boolean;
  /** The sizes that it takes chunks of an upload in; `none` where it takes no chunks at all. */
  readonly chunks?: "none" | { readonly least?: number; readonly most?: number };
  /** How a blob is sent first, default with one PUT. */
  readonly firstForm?: "patch";
  /** Whether the last chunk goes with the PUT that ends the upload. */
  readonly lastChunkInPut?: boolean;
  /** What is asked for the right to push, default each top-level namespace once. */
  readonly probe?: "repository";
  /** Whether a repository has to be in a namespace. */
  readonly needsNamespace?: boolean;
  /** Whether its garbage collection leaves images alone that only a list names; elsewhere tags protect them. */
  readonly keepsUntagged?: boolean;
  /** Whether the right to push is what allows deleting, and a token for deleting is refused. */
  readonly deletesByPushing?: boolean;
  /** How namespaces are made. */
  readonly projects?: ProjectApi;
  /** What to tell whoever is about to push. */
  readonly notice?: string;
  /** What to do where an account may not push. */
  readonly rights?: Advice;
  /** What to do where a namespace or a repository is missing, or its name is refused. */
  readonly creation?: Advice;
}

/** A hint about a top-level namespace and the repository in it (registry.md 6.6). */
export type Advice = (namespace: string, repository: string) => string;

/** What a registry shows of itself. */
export interface Ping {
  /** The paths of the token servers that it names. */
  readonly realms: readonly string[];
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

const mib = 1024 * 1024;

const realm =
  (pattern: RegExp) =>
  ({ realms }: Ping): boolean =>
    realms.some((path) => pattern.test(path));

const host =
  (pattern: RegExp) =>
  (hostname: string): boolean =>
    pattern.test(hostname);

export const unknownVendor: Vendor = { name: "unknown" };

/** In the order in which they are told apart: of answers that look alike, the more special one first. */
const vendors: readonly Vendor[] = [
  {
    name: "docker-hub",
    hosts: isHubHost,
    notice: "Docker Hub makes repositories that it creates on push public",
  },
  {
    name: "ecr",
    hosts: host(/\.dkr\.ecr(?:-fips)?\.[^.]+\.amazonaws\.com(?:\.cn)?$/),
    chunks: { least: 5 * mib },
    lastChunkInPut: true,
    probe: "repository",
    rights: () =>
      "A password of ECR holds for 12 hours: get a new one with aws ecr get-login-password, and check the policy for ecr:PutImage.",
    creation: (_namespace, repository) =>
      `Create it with: aws ecr create-repository --repository-name ${repository}; or make a repository creation template for pushes.`,
  },
  { name: "acr", hosts: host(/\.azurecr\.(?:io|cn|us)$/), shows: realm(/\/oauth2\/token$/) },
  { name: "gar", hosts: host(/(?:\.pkg\.dev|^(?:.+\.)?gcr\.io)$/), chunks: "none" },
  {
    name: "ghcr",
    hosts: host(/^ghcr\.io$/),
    chunks: { most: 4 * mib },
    rights: () =>
      "The token needs the scope write:packages, and the account must belong to the organization.",
  },
  {
    name: "swr",
    hosts: host(/^swr\..*myhuaweicloud\.com$/),
    rights: (namespace) =>
      `Create the organization "${namespace}" and give the account the right to edit it.`,
    creation: (namespace) => `Create the organization "${namespace}"; SWR takes ORGANIZATION/NAME only.`,
  },
  { name: "alibaba", hosts: host(/\.(?:aliyuncs\.com|cr\.aliyuncs\.com)$/) },
  {
    name: "harbor",
    shows: realm(/\/service\/token$|^harbor$/),
    needsNamespace: true,
    projects: harborProjects,
    keepsUntagged: true,
    rights: (namespace) =>
      `Create the project "${namespace}" if it is missing, and give the account push and pull rights in it (a robot account needs both).`,
    creation: (namespace, repository) =>
      repository.includes("/")
        ? `Create the project "${namespace}" in Harbor, or choose another with --prefix or --rename.`
        : "Harbor wants PROJECT/NAME: put a project in front with --prefix PROJECT.",
  },
  {
    name: "quay",
    hosts: host(/^quay\.io$/),
    shows: realm(/\/v2\/auth$/),
    projects: quayOrganizations,
    keepsUntagged: true,
    deletesByPushing: true,
    rights: (namespace) =>
      `Create the organization "${namespace}" if it is missing, and give the robot account the Creator role in it.`,
    creation: (namespace) =>
      `Create the organization "${namespace}"; without extended repository names Quay takes ORGANIZATION/NAME only.`,
  },
  {
    name: "gitlab",
    shows: realm(/\/jwt\/auth$/),
    rights: () => "The path must be GROUP/PROJECT or below, and the token needs write_registry.",
  },
  {
    name: "artifactory",
    shows: (ping) =>
      realm(/\/artifactory\/api\/docker\/.*\/v2\/token$/)(ping) || ping.headers.has("x-artifactory-id"),
    creation: (namespace) =>
      `Create the Docker repository "${namespace}", or put the key of one that is there in front with --prefix: Artifactory wants REPOSITORY-KEY/NAME.`,
  },
  {
    name: "gitea",
    shows: realm(/\/v2\/token$/),
    projects: giteaOrganizations,
    keepsUntagged: true,
    rights: (namespace) =>
      `"${namespace}" must be a user or an organization, and the token needs the scope write:package.`,
    creation: (namespace) =>
      `Create the user or the organization "${namespace}" in Gitea, or choose another with --prefix or --rename.`,
  },
  // It checks a digest only after PATCH: a PUT that breaks off is kept short under it (issue 17).
  { name: "pulp", shows: realm(/\/token\/$/), firstForm: "patch", keepsUntagged: true },
  {
    name: "openshift",
    shows: realm(/\/openshift\/token$/),
    rights: (namespace) =>
      `Create the project with: oc new-project ${namespace}; give the role registry-editor; the password is what this prints: oc whoami -t`,
    creation: (namespace) =>
      `Create the project with: oc new-project ${namespace}; OpenShift takes PROJECT/NAME only.`,
  },
  {
    name: "nexus",
    shows: ({ headers }) => headers.get("server")?.some((server) => server.startsWith("Nexus/")) ?? false,
  },
  // The same header as distribution, and nothing in the body where that has {}.
  {
    name: "zot",
    shows: ({ headers }) =>
      headers.has("docker-distribution-api-version") && headers.get("content-length")?.[0] === "0",
    keepsUntagged: true,
  },
  { name: "distribution", shows: ({ headers }) => headers.has("docker-distribution-api-version") },
];

/** Guesses from the host, the token server's address and the ping's headers (registry.md 9). */
export function detectVendor(
  host: string,
  challenges: readonly Challenge[],
  headers: ReadonlyMap<string, readonly string[]>,
): Vendor {
  const hostname = host.replace(/:\d+$/, "");
  const realms = challenges.map(({ parameters }) => (parameters.get("realm") ?? "").replace(/\?.*$/, ""));
  return (
    vendors.find(({ hosts }) => hosts?.(hostname)) ??
    vendors.find(({ shows }) => shows?.({ realms, headers })) ??
    unknownVendor
  );
}
