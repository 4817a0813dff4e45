#!/bin/sh
# Installs what .ci/packages.txt lists; used by examples/quickstart.sh and tests/run.sh.
set -eu

usage() {
  cat <<'END'
usage: .ci/packages.sh GROUP…     groups: build data test fuzz

Installs the packages of these groups that are missing, by apt, as root or with sudo. Does nothing when all are there.
Where there is no apt it lists what is needed and ends well, so that the caller can go on with what is installed.
END
}

case "${1:---help}" in -h | --help) usage; exit 0 ;; esac

list=$(dirname "$0")/packages.txt
wanted=
for group in "$@"; do
  packages=$(awk -v g="$group" '$1 == g { print $2 }' "$list")
  [ -n "$packages" ] || { echo "packages.sh: there is no group '$group'" >&2; exit 2; }
  wanted="$wanted $packages"
done

if ! command -v apt-get >/dev/null 2>&1; then
  echo "No apt here. Needed, by Debian's names:"
  for group in "$@"; do awk -v g="$group" '$1 == g { sub(/^[^ ]+ +/, "  "); print }' "$list"; done
  exit 0
fi

missing=
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  echo "packages.sh: not root and no sudo; install these first:$missing" >&2
  exit 1
fi
echo "Installing$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086  # one word for each package
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
