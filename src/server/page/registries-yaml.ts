/**
 * What k3s and RKE2 need in registries.yaml to pull from a host: images under their usual Docker Hub names, and under
 * the host's own name, with what is to be filled in where there is TLS or sign-in (docs.k3s.io, private registry
 * configuration).
 */
export function suggestRegistriesYaml(host: string, scheme: "http" | "https", signIn: boolean): string {
  const endpoint = `    endpoint:\n      - "${scheme}://${host}"\n`;
  const mirrors = `mirrors:\n  docker.io:\n${endpoint}  "${host}":\n${endpoint}`;
  const auth = signIn ? `    auth:\n      username: NAME\n      password: PASSWORD\n` : "";
  const tls = scheme === "https" ? `    tls:\n      ca_file: /etc/ssl/certs/registry-ca.pem\n` : "";
  return auth === "" && tls === "" ? mirrors : `${mirrors}configs:\n  "${host}":\n${auth}${tls}`;
}
