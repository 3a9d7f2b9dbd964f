import { stringify } from "yaml";
import type { Mirror } from "./find-mirrors.ts";
import type { MirrorEndpoint } from "./mirror-endpoint.ts";
import { quote } from "./quote.ts";

/**
 * What OpenShift needs: by digest and by tag, since it keeps them apart (config.openshift.io/v1, ImageDigestMirrorSet and
 * ImageTagMirrorSet). The most specific source holds.
 */
export function formatOpenshiftMirrors(mirrors: readonly Mirror[], endpoint: MirrorEndpoint): string {
  const entries = mirrors.flatMap((mirror) => listEntries(mirror, endpoint.host));
  const lost = mirrors.flatMap(({ retagged }) =>
    [...retagged].map(([source, target]) => `# ${source} is found as ${endpoint.host}/${target} only\n`),
  );
  const documents = [
    mirrorSet("ImageDigestMirrorSet", "imageDigestMirrors", entries),
    mirrorSet("ImageTagMirrorSet", "imageTagMirrors", entries),
  ];
  const head = `# oc apply -f FILE, once for the cluster\n${formatTrust(endpoint)}${lost.join("")}`;
  return head + documents.map((document) => stringify(document, { lineWidth: 0 })).join("---\n");
}

interface MirrorEntry {
  readonly source: string;
  readonly mirrors: readonly string[];
}

function mirrorSet(kind: string, list: string, entries: readonly MirrorEntry[]): unknown {
  return {
    apiVersion: "config.openshift.io/v1",
    kind,
    metadata: { name: "airgap-load" },
    spec: { [list]: entries },
  };
}

function listEntries({ host, prefix, renamed }: Mirror, target: string): MirrorEntry[] {
  return [
    { source: host, mirrors: [prefix ? `${target}/${prefix}` : target] },
    ...[...renamed].map(([from, to]) => ({ source: `${host}/${from}`, mirrors: [`${target}/${to}`] })),
  ];
}

/** That is not said in mirror sets. */
function formatTrust({ host, scheme, skipVerify, caFile }: MirrorEndpoint): string {
  const config = "image.config.openshift.io/cluster";
  if (scheme === "http" || skipVerify) {
    return `# and in ${config}: spec.registrySources.insecureRegistries: [${quote(host)}]\n`;
  }
  return caFile ? `# and in ${config}: spec.additionalTrustedCA, a config map with ${caFile}\n` : "";
}
