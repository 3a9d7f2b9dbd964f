import type { Command } from "commander";
import { collectValues } from "./collect-values.ts";

/** What names become in the registry. */
export function addNamingOptions(command: Command): void {
  command
    .option(
      "--rename <from=to>",
      "publish a source name, or names with a prefix (FROM*=TO*), elsewhere (repeatable)",
      collectValues,
      [],
    )
    .option("--prefix <path>", "path put in front of every name; also behind the host, as in HOST/path")
    .option("--keep-host", "keep the source registry's host as the first part of the name");
}

/** The same where images of several archives are put together. */
export function addFoldOption(command: Command): void {
  command.option(
    "--fold-arch",
    "make one image of names that end with their architecture: app-amd64:1 and app-arm64:1 become app:1",
  );
}
