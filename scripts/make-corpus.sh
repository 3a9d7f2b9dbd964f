#!/usr/bin/env bash
# Makes a set of archives of k3s's size out of real Debian binaries, without any docker daemon. For amd64, arm64 and arm:
#   OUT/k3s-airgap-images-ARCH.tar, .tar.gz, .tar.zst     eight images as Docker 1.10-24 writes them, 270 MB of layers
#   OUT/k3s-airgap-images-ARCH.next.tar.gz                a later release, in which one layer of one image has changed
#   OUT/k3s-airgap-images-ARCH.compressed.tar.gz          the same images as containerd writes them: gzip layers, in a gzip
# What is there already is kept. Needs Debian with apt as root, pigz, zstd and the project's node_modules.
# usage: make-corpus.sh OUT
set -euo pipefail
out=$(mkdir -p "${1:?usage: make-corpus.sh OUT}" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$out/.work
mkdir -p "$work/roots"
declare -A debian=([amd64]=amd64 [arm64]=arm64 [arm]=armhf)
base="busybox-static libc6 ca-certificates zlib1g libgcc-s1 libssl3 tzdata"
programs="docker-registry rclone iptables prometheus etcd-server prometheus-node-exporter catatonit"

command -v pigz zstd >/dev/null || apt-get install -y -qq --no-install-recommends pigz zstd >/dev/null
. /etc/os-release
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $VERSION_CODENAME" "Component: main" | head -1)
[ -n "$mirror" ] || { echo "make-corpus.sh: needs Debian's main component in apt's sources" >&2; exit 1; }

# apt with its lists and state of its own, for an architecture that is not this machine's.
foreign_apt() {
  local arch=$1 state=$work/apt-$1
  shift
  apt-get -qq -oAPT::Architecture="$arch" -oAPT::Architectures="$arch" -oAPT::Sandbox::User=root \
    -oDir::Etc::SourceList=/dev/null -oDir::Etc::SourceParts="$state/parts" -oDir::State::Lists="$state/lists" \
    -oDir::Cache="$state/cache" -oDir::State::status=/dev/null "$@"
}

fetch_packages() {
  local arch=$1 state=$work/apt-$1 folder=$work/debs-$1 package
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/parts" "$folder"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$mirror" "$VERSION_CODENAME" >"$state/parts/main.sources"
  [ -f "$state/ok" ] || { foreign_apt "$arch" update; touch "$state/ok"; }
  for package in $base $programs git openssl; do
    compgen -G "$folder/${package}_*.deb" >/dev/null || (cd "$folder" && foreign_apt "$arch" download "$package")
  done
}

# make_layer NAME PACKAGE...: a layer's tar with what these packages install.
make_layer() {
  local to=$work/roots/$arch-$1.tar root package
  [ -f "$to" ] && return
  root=$(mktemp -d)
  for package in "${@:2}"; do dpkg-deb -x "$work/debs-${debian[$arch]}/${package}"_*.deb "$root"; done
  rm -rf "$root/usr/share/doc" "$root/usr/share/man"
  tar --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -C "$root" -cf "$to" .
  rm -rf "$root"
}

# make_file FILE COMMAND...: FILE from the command's standard output, whole or not at all.
make_file() {
  [ -f "$1" ] && return
  "${@:2}" >"$1.part" && mv "$1.part" "$1"
}

for arch in amd64 arm64 arm; do
  fetch_packages "${debian[$arch]}"
  make_layer base $base
  make_layer busybox busybox-static
  make_layer git git openssl
  make_layer iptables-next iptables catatonit
  for program in $programs; do make_layer "$program" "$program"; done
  name=$out/k3s-airgap-images-$arch
  make_file "$name.tar" node "$here/bench/write-corpus-archive.mjs" docker "$arch" "$work/roots"
  make_file "$name.tar.gz" pigz -n -6 -c "$name.tar"
  make_file "$name.tar.zst" zstd -q -T0 -12 --long=25 -c "$name.tar"
  make_file "$work/next-$arch.tar" node "$here/bench/write-corpus-archive.mjs" next "$arch" "$work/roots"
  make_file "$name.next.tar.gz" pigz -n -6 -c "$work/next-$arch.tar"
  make_file "$work/compressed-$arch.tar" node "$here/bench/write-corpus-archive.mjs" containerd "$arch" "$work/roots"
  make_file "$name.compressed.tar.gz" pigz -n -6 -c "$work/compressed-$arch.tar"
done
ls -l "$out"
