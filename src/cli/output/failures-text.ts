import type { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";

/** Why images failed, with what to do about each; empty where none did. */
export function formatFailures(
  images: readonly { readonly title: string; readonly error?: AirgapError }[],
): string {
  const failed = images.flatMap(({ title, error }) =>
    error
      ? [
          [`${printable(title)}: [${error.code}] ${error.message}`, ...(error.hint?.split("\n") ?? [])].join(
            "\n  ",
          ),
        ]
      : [],
  );
  return failed.length ? `Failed:\n${failed.join("\n")}\n` : "";
}
