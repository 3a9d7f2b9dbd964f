import type { Mirror } from "./find-mirrors.ts";
import type { MirrorEndpoint } from "./mirror-endpoint.ts";

/**
 * What docker needs in daemon.json: it mirrors Docker Hub and no other registry, and takes no path (moby,
 * daemon/pkg/registry, ValidateMirror). What it cannot have is told by {@link sayBeyondDocker}.
 */
export function formatDaemonJson(mirrors: readonly Mirror[], endpoint: MirrorEndpoint): string {
  const { host, scheme } = endpoint;
  const settings = {
    ...(mirrors.some(isWithinDocker) ? { "registry-mirrors": [`${scheme}://${host}`] } : {}),
    ...(scheme === "http" || endpoint.skipVerify ? { "insecure-registries": [host] } : {}),
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/** JSON has no comments: where what docker cannot mirror is found, and where the certificate goes. */
export function sayBeyondDocker(mirrors: readonly Mirror[], { host, caFile }: MirrorEndpoint): string[] {
  const places = mirrors.flatMap((mirror) => {
    const place = mirror.prefix ? `${host}/${mirror.prefix}` : host;
    const all = isWithinDocker(mirror)
      ? []
      : [`docker does not mirror ${mirror.host} there: its images are found below ${place}`];
    const single = [...mirror.renamed].map(
      ([from, to]) => `${mirror.host}/${from} is found as ${host}/${to} only`,
    );
    const retagged = [...mirror.retagged].map(([from, to]) => `${from} is found as ${host}/${to} only`);
    return [...all, ...single, ...retagged];
  });
  return [...places, ...(caFile ? [`${caFile} goes to /etc/docker/certs.d/${host}/ca.crt`] : [])];
}

function isWithinDocker({ host, prefix }: Mirror): boolean {
  return host === "docker.io" && prefix === "";
}
