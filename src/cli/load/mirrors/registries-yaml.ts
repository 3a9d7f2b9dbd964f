import type { Mirror } from "./find-mirrors.ts";
import type { MirrorEndpoint } from "./mirror-endpoint.ts";
import { quote } from "./quote.ts";

/**
 * What k3s and RKE2 need in registries.yaml to pull what was loaded under the names that it always had, and under the
 * registry's own (docs.k3s.io, private registry configuration); and the line that makes it their default registry.
 */
export function formatRegistriesYaml(mirrors: readonly Mirror[], endpoint: MirrorEndpoint): string {
  return `# registries.yaml, on every node in /etc/rancher/k3s/ or /etc/rancher/rke2/; then restart the service
mirrors:
${mirrors.map((mirror) => formatMirror(mirror, endpoint)).join("")}${formatEndpoint(endpoint.host, endpoint)}${formatConfig(endpoint)}${formatDefault(mirrors, endpoint)}`;
}

function formatMirror(mirror: Mirror, endpoint: MirrorEndpoint): string {
  const rules = listRules(mirror).map(([from, to]) => `      ${quote(from)}: ${quote(to)}\n`);
  const lost = [...mirror.retagged].map(
    ([source, target]) => `    # ${source} is found as ${endpoint.host}/${target} only\n`,
  );
  return `${formatEndpoint(mirror.host, endpoint)}${rules.length ? `    rewrite:\n${rules.join("")}` : ""}${lost.join("")}`;
}

function formatEndpoint(host: string, endpoint: MirrorEndpoint): string {
  return `  ${quote(host)}:
    endpoint:
      - ${quote(`${endpoint.scheme}://${endpoint.host}`)}
`;
}

/** One rule for all, or one for each: nothing says which one holds where two fit. */
function listRules({ paths, prefix, renamed }: Mirror): (readonly [string, string])[] {
  if (renamed.size === 0) return prefix ? [["^(.*)$", `${prefix}/$1`]] : [];
  return [...paths].filter(([from, to]) => from !== to).map(([from, to]) => [exactly(from), to]);
}

/** A Go regular expression that matches one repository. */
function exactly(repository: string): string {
  return `^${repository.replaceAll(".", "\\.")}$`;
}

function formatConfig({ host, caFile, skipVerify }: MirrorEndpoint): string {
  const tls = [
    ...(caFile ? [`      ca_file: ${quote(caFile)} # copy it to every node\n`] : []),
    ...(skipVerify ? ["      insecure_skip_verify: true\n"] : []),
  ];
  const auth = "auth: { username: NAME, password: PASSWORD } # where pulling needs it\n";
  if (tls.length === 0) return `# configs:\n#   ${quote(host)}:\n#     ${auth}`;
  return `configs:\n  ${quote(host)}:\n    tls:\n${tls.join("")}    # ${auth}`;
}

/** It takes a host and no path, and stands for docker.io. */
function formatDefault(mirrors: readonly Mirror[], { host }: MirrorEndpoint): string {
  const hub = mirrors.find((mirror) => mirror.host === "docker.io");
  if (!hub || hub.prefix || hub.renamed.size) return "";
  return `# and in config.yaml of every server:\n# system-default-registry: ${quote(host)}\n`;
}
