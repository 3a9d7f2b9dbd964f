#!/usr/bin/env bash
# Loads k3s's image archives of all architectures into a site's registry, and leaves what the change ticket needs.
# usage: load-k3s.sh REGISTRY FOLDER [OUTPUT]
#   REGISTRY  192.168.2.23:5000, or with a path: harbor.site/k3s
#   FOLDER    with k3s-airgap-images-ARCH.tar.gz (or .tar, .tar.zst) and sha256sum*.txt
#   OUTPUT    folder for report.html, report.json, failed.txt and registries.yaml; default: the working folder
# Registry options come from AIRGAP_LOAD_* variables, such as AIRGAP_LOAD_USERNAME, AIRGAP_LOAD_PASSWORD and
# AIRGAP_LOAD_CA_FILE. Running it again sends only what is missing.
set -euo pipefail

registry=${1:?the registry, such as 192.168.2.23:5000}
folder=${2:?the folder with the archives}
output=${3:-.}

options=(--registry "$registry")
for arch in amd64 arm64 arm; do
  for archive in "$folder/k3s-airgap-images-$arch".tar{,.gz,.zst}; do
    [ -e "$archive" ] && options+=("--$arch" "$archive")
  done
done
for sums in "$folder"/sha256sum*.txt; do
  [ -e "$sums" ] && options+=(--checksums "$sums")
done

echo "== What would be done"
airgap-load "${options[@]}" --dry-run

echo "== Loading"
airgap-load "${options[@]}" \
  --report "$output/report.html" --report "$output/report.json" --failed-list "$output/failed.txt" \
  --print-registries-yaml > "$output/registries.yaml"

echo "== Done: put $output/registries.yaml on every node, and attach $output/report.html to the ticket"
