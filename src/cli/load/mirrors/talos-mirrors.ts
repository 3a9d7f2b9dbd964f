import { stringify } from "yaml";
import type { Mirror } from "./find-mirrors.ts";
import type { MirrorEndpoint } from "./mirror-endpoint.ts";

/**
 * A patch of Talos' machine configuration (talos, v1alpha1, machine.registries): like containerd's hosts.toml it knows prefixes,
 * and no other renaming.
 */
export function formatTalosMirrors(mirrors: readonly Mirror[], endpoint: MirrorEndpoint): string {
  const { host, scheme, caFile, skipVerify } = endpoint;
  const base = `${scheme}://${host}`;
  const entries = mirrors.map(({ host: source, prefix }) => [
    source,
    prefix ? { endpoints: [`${base}/v2/${prefix}`], overridePath: true } : { endpoints: [base] },
  ]);
  const own = { [host]: { endpoints: [base] } };
  const tls = skipVerify ? { config: { [host]: { tls: { insecureSkipVerify: true } } } } : {};
  const registries = { mirrors: { ...Object.fromEntries(entries), ...own }, ...tls };
  const lost = mirrors.flatMap((mirror) =>
    [...mirror.renamed].map(([from, to]) => [`${mirror.host}/${from}`, to]).concat([...mirror.retagged]),
  );
  return [
    "# talosctl patch machineconfig --patch @FILE, for every node\n",
    ...(caFile ? [`# and in registries.config of ${host}, tls.ca: what base64 -w0 ${caFile} prints\n`] : []),
    ...lost.map(([source, target]) => `# ${source} is found as ${host}/${target} only\n`),
    stringify({ machine: { registries } }, { lineWidth: 0 }),
  ].join("");
}
