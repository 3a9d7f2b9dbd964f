import type { RefusalContext } from "./refusal-rules.ts";
import type { Vendor } from "./vendor.ts";

/** Advice about a top-level namespace and the repository in it. */
type Advice = Partial<Record<Vendor, (namespace: string, repository: string) => string>>;

const rights: Advice = {
  harbor: (namespace) =>
    `Create the project "${namespace}" if it is missing, and give the account push and pull rights in it (a robot account needs both).`,
  quay: (namespace) =>
    `Create the organization "${namespace}" if it is missing, and give the robot account the Creator role in it.`,
  gitlab: () => "The path must be GROUP/PROJECT or below, and the token needs write_registry.",
  ghcr: () => "The token needs the scope write:packages, and the account must belong to the organization.",
  gitea: (namespace) =>
    `"${namespace}" must be a user or an organization, and the token needs the scope write:package.`,
  openshift: (namespace) =>
    `Create the project with: oc new-project ${namespace}; give the role registry-editor; the password is what this prints: oc whoami -t`,
  swr: (namespace) => `Create the organization "${namespace}" and give the account the right to edit it.`,
  ecr: () =>
    "A password of ECR holds for 12 hours: get a new one with aws ecr get-login-password, and check the policy for ecr:PutImage.",
};

const creation: Advice = {
  ecr: (_namespace, repository) =>
    `Create it with: aws ecr create-repository --repository-name ${repository}; or make a repository creation template for pushes.`,
  harbor: (namespace, repository) =>
    repository.includes("/")
      ? `Create the project "${namespace}" in Harbor, or choose another with --prefix or --rename.`
      : "Harbor wants PROJECT/NAME: put a project in front with --prefix PROJECT.",
  quay: (namespace) =>
    `Create the organization "${namespace}"; without extended repository names Quay takes ORGANIZATION/NAME only.`,
  swr: (namespace) => `Create the organization "${namespace}"; SWR takes ORGANIZATION/NAME only.`,
  openshift: (namespace) =>
    `Create the project with: oc new-project ${namespace}; OpenShift takes PROJECT/NAME only.`,
};

/** What to do where an account may not write, in the words of the registry's maker (registry.md 6.6). */
export function accessHint({ vendor, repository, signIn }: RefusalContext): string {
  const namespace = firstComponent(repository);
  const advice =
    rights[vendor]?.(namespace, repository) ??
    `Check that "${namespace}" exists, that name and password are right, and that the account may push there.`;
  if (signIn?.missing) return `It was asked without credentials. ${signIn.missing} ${advice}`;
  return signIn?.mayPush === false ? `The sign-in succeeds, but gives no right to push. ${advice}` : advice;
}

/** What to do where a project or repository is missing, or its path is refused. */
export function creationHint({ vendor, repository }: RefusalContext): string {
  const namespace = firstComponent(repository);
  return (
    creation[vendor]?.(namespace, repository) ??
    `Create "${namespace}" in the registry, or choose another place with --prefix or --rename.`
  );
}

function firstComponent(repository: string): string {
  return repository.split("/", 1)[0] ?? repository;
}
