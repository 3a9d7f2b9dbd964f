#!/bin/sh
set -e
root="${DPKG_ROOT:-}"
if command -v systemd-sysusers >/dev/null; then
  systemd-sysusers ${root:+--root="$root"} airgap-load.conf
elif ! getent passwd airgap-load >/dev/null; then
  useradd --system --home-dir /var/lib/airgap-load --shell /usr/sbin/nologin airgap-load
fi
# Nothing is enabled; a service that runs already goes on with the new version.
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart airgap-load.service
fi
