import type { ExitKind } from "../../oci/airgap-error.ts";
import type { ErrorCode } from "../../oci/error-code.ts";
import { accessHint, creationHint } from "./access-hint.ts";
import type { RefusalContext } from "./refusal-context.ts";
import type { Refusal } from "./refusal.ts";
import { isPassingStatus } from "../http/retry.ts";

/** How to tell a refusal, what to call it, and what an operator can do about it. */
export interface RefusalRule {
  readonly code: ErrorCode;
  readonly exit: ExitKind;
  readonly matches: (refusal: Refusal) => boolean;
  readonly hint?: (context: RefusalContext) => string;
}

const proxyProject: RefusalRule = {
  code: "PROXY_PROJECT",
  exit: "denied",
  matches: (refusal) => refusal.status === 403 && /proxy (?:project|cache)/i.test(refusal.message),
  hint: () => "It only caches another registry: choose another project with --prefix or --rename.",
};

const quotaExceeded: RefusalRule = {
  code: "QUOTA_EXCEEDED",
  exit: "denied",
  matches: (refusal) =>
    (refusal.status < 500 || refusal.status === 507) &&
    /quota|exceed the configured upper limit/i.test(refusal.message),
  hint: () => "Raise the project's quota, or remove what is no longer needed and run its garbage collection.",
};

const registryFull: RefusalRule = {
  code: "REGISTRY_FULL",
  exit: "gaveUp",
  // distribution gives the system's number, 28, and no word.
  matches: (refusal) =>
    refusal.status === 507 ||
    (refusal.status >= 500 && /no space left|ENOSPC|disk (?:is )?full|"err":28\b/i.test(refusal.message)),
  hint: () =>
    "The registry's disk is full: make room there, then run the same command again; what is there already is not sent again.",
};

const readOnly: RefusalRule = {
  code: "REGISTRY_READ_ONLY",
  exit: "denied",
  // distribution says no more than "Method not allowed".
  matches: (refusal) =>
    /read.?only|pushes .*disabled/i.test(refusal.message) ||
    (refusal.status === 405 &&
      (refusal.codes.includes("UNSUPPORTED") || /^method not allowed$/i.test(refusal.message))),
  hint: () =>
    "It takes nothing now: wait for its maintenance or garbage collection to end, or have writing switched on. A pull-through cache of another registry (proxy.remoteurl) never takes anything.",
};

const repositoryUnknown: RefusalRule = {
  code: "REPOSITORY_UNKNOWN",
  exit: "denied",
  matches: (refusal) =>
    refusal.codes.includes("NAME_UNKNOWN") ||
    ([401, 403, 404].includes(refusal.status) &&
      /(?:project|namespace|organi[sz]ation)\b.*not (?:found|exist)/i.test(refusal.message)),
  hint: creationHint,
};

const nameRefused: RefusalRule = {
  code: "NAME_REFUSED",
  exit: "denied",
  matches: (refusal) => refusal.codes.includes("NAME_INVALID"),
  hint: creationHint,
};

const accessDenied: RefusalRule = {
  code: "ACCESS_DENIED",
  exit: "denied",
  matches: (refusal) => refusal.status === 401 || refusal.status === 403 || refusal.codes.includes("DENIED"),
  hint: accessHint,
};

const tooLarge: RefusalRule = {
  code: "TOO_LARGE",
  exit: "protocol",
  matches: (refusal) => refusal.status === 413,
  hint: () =>
    'Raise the body limit of the proxy in front: client_max_body_size 0 (nginx), proxy-body-size: "0" (ingress-nginx).',
};

const digestRefused: RefusalRule = {
  code: "DIGEST_REFUSED",
  exit: "protocol",
  matches: (refusal) => refusal.codes.includes("DIGEST_INVALID"),
  hint: () =>
    "Every byte was checked before it was sent: the registry's disk may be full (zot says it this way), or a proxy on the way changes bytes. See to it, then run the same command again.",
};

const gaveUp: RefusalRule = {
  code: "REGISTRY_GAVE_UP",
  exit: "gaveUp",
  matches: (refusal) => isPassingStatus(refusal.status),
  hint: () => "Run the same command again: what is there already is not sent again.",
};

const tagImmutable: RefusalRule = {
  code: "TAG_IMMUTABLE",
  exit: "partial",
  matches: (refusal) =>
    [409, 412].includes(refusal.status) ||
    refusal.codes.includes("REGISTRY_DISALLOWED_OPERATION") ||
    ([400, 403].includes(refusal.status) &&
      /immutab|already exists|does not allow updating|cannot be updated|cannot update tag/i.test(
        refusal.message,
      )),
  hint: () =>
    "The registry protects this tag: choose another, or lift the rule or lock that makes it immutable.",
};

const overwriteDenied: RefusalRule = {
  code: "OVERWRITE_DENIED",
  exit: "denied",
  matches: (refusal) => refusal.status === 400 && /\b403 forbidden\b/i.test(refusal.message),
  hint: () =>
    "Give the account the permission to delete and overwrite: Artifactory wants it for moving a tag.",
};

const manifestTooLarge: RefusalRule = {
  code: "MANIFEST_TOO_LARGE",
  exit: "content",
  matches: (refusal) =>
    refusal.status === 413 || /body too large|manifest.*too (?:large|big)/i.test(refusal.message),
  hint: () => "Registries take manifests up to 4 MiB.",
};

const partsMissing: RefusalRule = {
  code: "MANIFEST_PARTS_MISSING",
  exit: "protocol",
  matches: (refusal) =>
    [400, 404].includes(refusal.status) &&
    (refusal.codes.some((code) =>
      /^(?:MANIFEST_BLOB_UNKNOWN|BLOB_UNKNOWN|MANIFEST_UNKNOWN|NOT_FOUND)$/.test(code),
    ) ||
      // Harbor quotes the registry within it.
      /status code: 404\b.*\b(?:MANIFEST|BLOB)_UNKNOWN\b/.test(refusal.message)),
  hint: () =>
    "The registry lost what was just sent to it, or looks for it in the wrong place: look into its log.",
};

const attestationRefused: RefusalRule = {
  code: "ATTESTATION_REFUSED",
  exit: "protocol",
  matches: (refusal) => [400, 403, 415].includes(refusal.status) && /in-toto/i.test(refusal.message),
  hint: () => "It takes images, and no attestations: leave them out with --drop-attestations.",
};

const mediaTypeRefused: RefusalRule = {
  code: "MEDIA_TYPE_REFUSED",
  exit: "protocol",
  matches: (refusal) =>
    refusal.status === 415 ||
    ([400, 403, 404].includes(refusal.status) &&
      (refusal.codes.some((code) => /^UNSUPPORTED(?:_MEDIA_TYPE)?$/.test(code)) ||
        // No word of what is invalid: distribution's answer to a type that it does not know.
        /^MANIFEST_INVALID(?:: manifest invalid)?(?: \(\{\}\))?$/i.test(refusal.message) ||
        /media ?type|manifest.?list|schema version|parse 'manifest\.json'|manifest class/i.test(
          refusal.message,
        ))),
  hint: () => "Choose the other family of media types with --format docker or --format oci.",
};

/** Refusals that any request may meet (registry.md 6.6); the first that matches holds. */
export const generalRules: readonly RefusalRule[] = [
  proxyProject,
  quotaExceeded,
  registryFull,
  readOnly,
  repositoryUnknown,
  nameRefused,
  accessDenied,
  tooLarge,
  digestRefused,
  gaveUp,
];

/** Refusals of opening an upload, the first request that names a repository to write to. */
export const uploadRules: readonly RefusalRule[] = [
  ...generalRules,
  // Gitea for a missing owner, Artifactory for a missing repository key.
  { code: "REPOSITORY_UNKNOWN", exit: "denied", matches: ({ status }) => status === 404, hint: creationHint },
];

/** Refusals of a token server, and of the registry's root. */
export const signInRules: readonly RefusalRule[] = [
  {
    code: "SIGN_IN_FAILED",
    exit: "denied",
    matches: (refusal) => refusal.status === 401,
    hint: () => "The name or the password is wrong, or a token has run out: sign in again.",
  },
  ...generalRules.filter((rule) => rule !== readOnly),
];

/** Refusals of a manifest. */
export const manifestRules: readonly RefusalRule[] = [
  tagImmutable,
  overwriteDenied,
  manifestTooLarge,
  proxyProject,
  quotaExceeded,
  registryFull,
  repositoryUnknown,
  partsMissing,
  attestationRefused,
  mediaTypeRefused,
  readOnly,
  nameRefused,
  accessDenied,
  gaveUp,
];

/** Refusals of deleting. */
export const deleteRules: readonly RefusalRule[] = [
  tagImmutable,
  {
    code: "DELETE_REFUSED",
    exit: "denied",
    matches: ({ status, codes }) => status === 405 || codes.includes("UNSUPPORTED"),
    hint: () =>
      "The registry deletes nothing: switch that on (for distribution REGISTRY_STORAGE_DELETE_ENABLED=true), or delete in its own interface.",
  },
  {
    code: "DELETE_REFUSED",
    exit: "denied",
    matches: ({ status, codes }) => status === 401 || status === 403 || codes.includes("DENIED"),
    hint: () => "Give the account the right to delete there; what allows pushing is often not enough.",
  },
  ...generalRules,
];

const notReadable = {
  code: "NOT_VERIFIABLE",
  hint: () => "The registry does not let it be read: check the account's right to pull.",
} as const;

/** Refusals of reading what was asked for in every way there is (decision 20). */
export const readRules: readonly RefusalRule[] = [
  {
    code: "NOT_VERIFIABLE",
    exit: "denied",
    // Harbor's projects that want a signature or a scan before anybody reads an image.
    matches: ({ status, codes }) => status === 412 || codes.includes("PROJECTPOLICYVIOLATION"),
    hint: () =>
      "A policy of the project hides images until they are signed or scanned: have that done, or lift the policy for this load; --on-existing replace publishes without reading what is there.",
  },
  { ...notReadable, exit: "denied", matches: (refusal) => refusal.status === 403 },
  { ...notReadable, exit: "protocol", matches: (refusal) => refusal.status === 405 },
  { ...notReadable, exit: "gaveUp", matches: (refusal) => refusal.status >= 500 },
  ...generalRules,
];
