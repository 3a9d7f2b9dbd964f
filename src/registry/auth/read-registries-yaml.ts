import { decodeText } from "../../content/decode-text.ts";
import { readFile } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import { parseRegistriesYaml, type RegistryConfig } from "./registries-yaml.ts";
import { note, type OnNotice } from "../../content/notice.ts";
import { describeFileError, systemCode } from "../../content/file-error.ts";

const usualPlaces = ["/etc/rancher/k3s/registries.yaml", "/etc/rancher/rke2/registries.yaml"];

/**
 * What k3s or rke2 on this machine is told about registries, by host: from the file given, else from the first usual
 * place that has one. Throws `CONFIG_FILE_INVALID`.
 */
export async function readRegistriesYaml(
  given: string | undefined,
  onNotice: OnNotice,
  places: readonly string[] = usualPlaces,
): Promise<ReadonlyMap<string, RegistryConfig>> {
  for (const path of given === undefined ? places : [given]) {
    try {
      return await parseRegistriesYaml(decodeText(await readFile(path)), path);
    } catch (error) {
      if (error instanceof AirgapError) throw error;
      const code = systemCode(error) ?? "";
      if (given !== undefined) {
        throw new AirgapError("CONFIG_FILE_INVALID", `Cannot read "${path}": ${describeFileError(error)}`, {
          exit: "configuration",
        });
      }
      if (code !== "ENOENT" && code !== "ENOTDIR") {
        onNotice(note(`Registries in "${path}" are ignored: ${describeFileError(error)}`));
      }
    }
  }
  return new Map();
}
