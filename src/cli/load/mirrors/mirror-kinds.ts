import type { MirrorKindWord } from "../../../content/option-words.ts";
import { formatDaemonJson, sayBeyondDocker } from "./daemon-json.ts";
import type { Mirror } from "./find-mirrors.ts";
import { formatHostsToml } from "./hosts-toml.ts";
import type { MirrorEndpoint } from "./mirror-endpoint.ts";
import { formatOpenshiftMirrors } from "./openshift-mirrors.ts";
import { formatRegistriesConf } from "./registries-conf.ts";
import { formatRegistriesYaml } from "./registries-yaml.ts";
import { formatTalosMirrors } from "./talos-mirrors.ts";

/** How one runtime is told of mirrors. */
interface MirrorKind {
  /** Text for its file. */
  readonly format: (mirrors: readonly Mirror[], endpoint: MirrorEndpoint) => string;
  /** What the file has no place for, a clause each. */
  readonly sayBeyond?: (mirrors: readonly Mirror[], endpoint: MirrorEndpoint) => readonly string[];
}

/** By the word of `--print-mirrors`. */
export const mirrorKinds: Readonly<Record<MirrorKindWord, MirrorKind>> = {
  "registries.yaml": { format: formatRegistriesYaml },
  "hosts.toml": { format: formatHostsToml },
  "registries.conf": { format: formatRegistriesConf },
  openshift: { format: formatOpenshiftMirrors },
  "daemon.json": { format: formatDaemonJson, sayBeyond: sayBeyondDocker },
  talos: { format: formatTalosMirrors },
};
