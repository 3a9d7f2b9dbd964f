/**
 * What k3s and RKE2 need in registries.yaml to pull from a host: images under their usual Docker Hub names, and under
 * the host's own name (docs.k3s.io, private registry configuration).
 */
export function formatRegistriesYaml(host: string, scheme: "http" | "https"): string {
  const endpoint = `    endpoint:\n      - "${scheme}://${host}"\n`;
  return `mirrors:\n  docker.io:\n${endpoint}  "${host}":\n${endpoint}`;
}
