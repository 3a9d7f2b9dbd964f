import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";

/** What the operator reads when something failed: what, where and why, then what to do next. */
export function describeError(error: unknown, verbose: boolean): string {
  if (!(error instanceof AirgapError)) return describeBug(error);
  const hint = error.hint ? `\n${error.hint}` : "";
  const causes = verbose
    ? listCauses(error)
        .map((cause) => `\n  caused by ${cause}`)
        .join("")
    : "";
  return `error [${error.code}]: ${error.message}${hint}${causes}\n`;
}

function listCauses(error: Error): string[] {
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    causes.push(printable(`${cause.name}: ${cause.message}`));
  }
  return causes;
}

function describeBug(error: unknown): string {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `error [INTERNAL]: airgap-load met a bug of its own. Please report it with the command line and this trace:\n${trace}\n`;
}
