import { fileURLToPath } from "node:url";

/** What starts the program in tests: the single executable that `AIRGAP_LOAD_EXECUTABLE` names, else node with the package's. */
export const programCommand: readonly [string, ...string[]] = process.env["AIRGAP_LOAD_EXECUTABLE"]
  ? [process.env["AIRGAP_LOAD_EXECUTABLE"]]
  : [process.execPath, fileURLToPath(new URL("../../../bin/airgap-load.js", import.meta.url))];
