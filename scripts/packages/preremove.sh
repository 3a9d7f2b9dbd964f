#!/bin/sh
set -e
# dpkg says "remove" or "upgrade", rpm how many versions stay.
case "${1:-}" in
  remove | 0)
    if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
      systemctl disable --now airgap-load.service
    fi
    ;;
esac
