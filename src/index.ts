/**
 * Loading image archives as a library: `load`, and the types of what it takes and gives. Everything else is the program's
 * own and may change with any version.
 *
 *     import { load } from "airgap-load";
 *     const report = await load({
 *       archives: [{ from: "images-arm64.tar.gz", platform: "arm64" }],
 *       to: { registry: "192.168.2.23:5000" },
 *     });
 */
export type { Archive } from "./archive-options.ts";
export {
  type LayoutDestination,
  loadArchives as load,
  type LoadOptions,
  type RegistryDestination,
} from "./load-archives.ts";
export { AirgapError } from "./oci/airgap-error.ts";
export type { Digest } from "./oci/digest.ts";
export type { Platform } from "./oci/platform.ts";
export type { LoadEvent, OnEvent } from "./transfer/report/events.ts";
export type { Notice } from "./content/notice.ts";
export type { ImageOutcome, Outcome } from "./transfer/report/outcome.ts";
export type {
  CellReport,
  ListReport,
  LoadReport,
  LoadTotals,
  SignatureReport,
} from "./transfer/report/report.ts";
