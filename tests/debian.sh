#!/bin/sh
# Tests a clean clone in a minimal Debian, of this release or another.
set -eu

usage() {
  cat <<'END'
usage: tests/debian.sh [--release bookworm|trixie] [--root FOLDER] [-- OPTION…]

Makes a minimal Debian with debootstrap, clones what is committed into it, runs tests/run.sh there, which installs the
packages, and prints how long that took. Ends with the status of tests/run.sh. The mounts it needs are seen by no other
process and end with it. Needs root, debootstrap, the network and 8 GB.

  --release NAME   which Debian: bookworm is 12, trixie is 13 (trixie)
  --root FOLDER    where it lies (build/debian/NAME); used again where there is one, with its packages and its ccache
  -- OPTION…       options of tests/run.sh, such as --preset debug

DEBIAN_MIRROR=URL takes another mirror than the one that apt takes here, CMAKE_BUILD_PARALLEL_LEVEL=N builds with N jobs.
END
}

release=trixie root=
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --release) release=${2:?--release needs a name}; shift ;;
    --root) root=${2:?--root needs a folder}; shift ;;
    --) shift; break ;;
    *) echo "debian.sh: unknown option '$1'; see --help" >&2; exit 2 ;;
  esac
  shift
done
case "$release" in
  bookworm | trixie) ;;
  *) echo "debian.sh: --release needs bookworm or trixie, not '$release'" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."
program=debian.sh
. tests/chroot.sh
make_root "$release" "${root:-build/debian/$release}"
rm -rf "$root/backflow"
git clone --quiet . "$root/backflow"

begin=$(date +%s)
status=0
# shellcheck disable=SC2016  # the inner shell expands
in_root '
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends ccache >/dev/null
  exec /backflow/tests/run.sh "$@"' "$@" || status=$?
echo "debian.sh: $release, $(($(date +%s) - begin)) s, status $status"
exit $status
