import type { Mirror } from "./find-mirrors.ts";
import type { MirrorEndpoint } from "./mirror-endpoint.ts";
import { quote } from "./quote.ts";

/**
 * What containerd needs under /etc/containerd/certs.d to pull what was loaded under the names that it always had, a file
 * for each source host (containerd, docs/hosts.md). It knows prefixes, and no other renaming.
 */
export function formatHostsToml(mirrors: readonly Mirror[], endpoint: MirrorEndpoint): string {
  const own = [`server = ${quote(formatBase(endpoint))}`, ...formatHost("", endpoint)];
  return [
    ...mirrors.map((mirror) => formatFile(mirror.host, formatMirror(mirror, endpoint))),
    formatFile(endpoint.host, own),
  ].join("\n");
}

function formatFile(host: string, lines: readonly string[]): string {
  return `# /etc/containerd/certs.d/${host}/hosts.toml, on every node\n${lines.join("\n")}\n`;
}

function formatMirror({ prefix, renamed, retagged }: Mirror, endpoint: MirrorEndpoint): string[] {
  const lost = [...renamed, ...retagged];
  return [
    ...formatHost(prefix, endpoint),
    ...lost.map(([source, target]) => `# ${source} is found as ${endpoint.host}/${target} only`),
  ];
}

function formatHost(prefix: string, endpoint: MirrorEndpoint): string[] {
  const base = formatBase(endpoint);
  return [
    `[host.${quote(prefix ? `${base}/v2/${prefix}` : base)}]`,
    '  capabilities = ["pull", "resolve"]',
    ...(prefix ? ["  override_path = true"] : []),
    ...(endpoint.caFile ? [`  ca = ${quote(endpoint.caFile)} # copy it to every node`] : []),
    ...(endpoint.skipVerify ? ["  skip_verify = true"] : []),
  ];
}

function formatBase({ scheme, host }: MirrorEndpoint): string {
  return `${scheme}://${host}`;
}
