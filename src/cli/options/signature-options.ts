import type { Command } from "commander";
import type { TrustFiles } from "../files/read-trust.ts";
import { bindEnvironment } from "./bind-environment.ts";
import { collectValues } from "./collect-values.ts";

/** Who must have signed images: the same options wherever images are let in or looked at. */
export interface SignatureFlags extends TrustFiles {
  readonly requireSignature: readonly string[];
}

/** All of them can come from the environment, whatever the command. */
export function addSignatureOptions(command: Command): void {
  command.optionsGroup("Signatures:");
  bindEnvironment(command, defineOptions);
}

function defineOptions(command: Command): void {
  command
    .option(
      "--require-signature <file>",
      "PEM public key, as cosign makes them, that must have signed every image (repeatable: one of them)",
      collectValues,
      [],
    )
    .option(
      "--signature-policy <file>",
      "which names need which keys, in the form of podman's and skopeo's policy.json",
    )
    .option(
      "--trusted-root <file>",
      "trusted_root.json of sigstore: certificates that may have signed, beside any keys; no network is asked",
    )
    .option("--certificate-identity <identity>", "whom such a certificate must be for")
    .option("--certificate-identity-regexp <pattern>", "the same as a regular expression")
    .option("--certificate-oidc-issuer <url>", "who must have vouched for that identity")
    .option("--certificate-oidc-issuer-regexp <pattern>", "the same as a regular expression");
}
