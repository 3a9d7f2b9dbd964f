import type { Mirror } from "./find-mirrors.ts";
import type { MirrorEndpoint } from "./mirror-endpoint.ts";
import { quote } from "./quote.ts";

/**
 * What CRI-O, podman, buildah and skopeo need to pull what was loaded under the names that it always had
 * (containers-registries.conf(5), version 2). The longest prefix holds, so that single repositories may lie elsewhere.
 */
export function formatRegistriesConf(mirrors: readonly Mirror[], endpoint: MirrorEndpoint): string {
  const isInsecure = endpoint.scheme === "http" || endpoint.skipVerify;
  const tables = [
    ...mirrors.flatMap((mirror) => formatMirror(mirror, endpoint.host, isInsecure)),
    ...(isInsecure ? [`[[registry]]\nlocation = ${quote(endpoint.host)}\ninsecure = true\n`] : []),
  ];
  const ca = endpoint.caFile
    ? `# and ${endpoint.caFile} as /etc/containers/certs.d/${endpoint.host}/ca.crt\n`
    : "";
  return `# /etc/containers/registries.conf.d/airgap-load.conf, on every node\n${ca}${tables.join("\n")}`;
}

function formatMirror(
  { host, prefix, renamed, retagged }: Mirror,
  target: string,
  isInsecure: boolean,
): string[] {
  const places: readonly (readonly [source: string, path: string])[] = [
    [host, prefix],
    ...[...renamed].map(([from, to]) => [`${host}/${from}`, to] as const),
  ];
  const lost = [...retagged].map(([source, found]) => `# ${source} is found as ${target}/${found} only\n`);
  return [
    ...lost,
    ...places.map(
      ([source, path]) => `[[registry]]
prefix = ${quote(source)}
location = ${quote(source)}

[[registry.mirror]]
location = ${quote(path ? `${target}/${path}` : target)}
${isInsecure ? "insecure = true\n" : ""}`,
    ),
  ];
}
