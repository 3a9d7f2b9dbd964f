import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeTempFolder } from "../temp-folder.ts";
import { samplePath } from "./samples.ts";

/** Unpacks one of the bundles that programs wrote (samples/README.md), a file or a folder, for the running test. */
export async function unpackBundle(bundle: string): Promise<string> {
  const folder = await makeTempFolder();
  await promisify(execFile)("tar", ["-xzf", samplePath("bundles/real.tar.gz"), "-C", folder, bundle]);
  return join(folder, bundle);
}

/** Unpacks all that was made for want of the programs (samples/README.md), into a folder; gives that of the bundles. */
export async function unpackMadeBundles(folder: string): Promise<string> {
  await promisify(execFile)("tar", ["-xzf", samplePath("bundles/made.tar.gz"), "-C", folder]);
  return join(folder, "made");
}
