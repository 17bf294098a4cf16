#!/bin/sh
# Installs the programs that the tests drive: real web servers, a terminal, networks that can
# be broken, and clocks that jump. What is there already is left alone. Where they cannot be installed,
# says which are missing and fails: tests are not skipped.
set -eu
packages=
want() {
  command -v "$1" >/dev/null 2>&1 || packages="$packages $2"
}
want gunicorn gunicorn
want tmux tmux
want ip iproute2
want iptables iptables
set -- /usr/lib/*/faketime/libfaketimeMT.so.1
[ -e "$1" ] || packages="$packages libfaketime"
/usr/bin/python3 -c 'import uvicorn' 2>/dev/null || packages="$packages python3-uvicorn"
/usr/bin/python3 -c 'import fastapi' 2>/dev/null || packages="$packages python3-fastapi"
if [ -z "$packages" ]; then
  exit 0
fi
if [ "$(id -u 2>/dev/null)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Missing for the tests (Debian packages):$packages" >&2
  exit 1
fi
apt-get update -qq
# $packages is a list of names of ours, to be split.
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
