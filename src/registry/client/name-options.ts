import { AirgapError } from "../../oci/airgap-error.ts";

/** How a registry is reached and signed in to: options that a command has once for each side. */
const perSide =
  /--(?=(?:plain-http|tls-no-verify|insecure|ca-file|cert|key|username|password(?:-(?:stdin|env))?|authfile)\b)/g;

/** Has an error's hint name the options of the side that failed: `--src-plain-http` where that begins with `--src-`. */
export function nameOptions(error: unknown, prefix: string): void {
  if (error instanceof AirgapError) error.rewordHint((hint) => hint.replaceAll(perSide, prefix));
}
