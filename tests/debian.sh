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
[ "$(id -u)" = 0 ] || { echo "debian.sh: only root can mount and chroot" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "debian.sh: debootstrap was not found" >&2; exit 1; }

cd "$(dirname "$0")/.."
root=${root:-build/debian/$release}
# shellcheck disable=SC2016  # apt expands
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)}
[ -n "$mirror" ] || { echo "debian.sh: apt names no mirror of Debian; set DEBIAN_MIRROR" >&2; exit 1; }

mkdir -p "$root"
root=$(cd "$root" && pwd)
made=$root/made-by-debian.sh  # empty until debootstrap has ended
if [ ! -e "$made" ] && [ -n "$(ls -A "$root")" ]; then
  echo "debian.sh: $root is not empty and nothing that this program made" >&2
  exit 1
fi
has=$(cat "$made" 2>/dev/null || true)
if [ -z "$has" ]; then
  : > "$made"
  debootstrap --variant=minbase "$release" "$root" "$mirror"
  echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/debian-sh"  # no sync after each package
  echo "$release" > "$made"
elif [ "$has" != "$release" ]; then
  echo "debian.sh: $root holds $has, not $release" >&2
  exit 1
fi
rm -rf "$root/backflow"
git clone --quiet . "$root/backflow"

begin=$(date +%s)
status=0
# In a mount namespace of its own: the kernel takes the mounts away, however this ends.
# shellcheck disable=SC2016  # the inner shell expands
unshare --mount sh -eu -c '
  root=$1
  shift
  for folder in proc dev dev/pts; do mount --bind "/$folder" "$root/$folder"; done
  exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    CCACHE_DIR=/var/cache/ccache CCACHE_SLOPPINESS=pch_defines,time_macros CMAKE_CXX_COMPILER_LAUNCHER=ccache \
    ${CMAKE_BUILD_PARALLEL_LEVEL:+CMAKE_BUILD_PARALLEL_LEVEL="$CMAKE_BUILD_PARALLEL_LEVEL"} sh -euc "
      apt-get update -qq
      apt-get install -y -qq --no-install-recommends ccache >/dev/null
      exec /backflow/tests/run.sh \"\$@\"" run.sh "$@"
' debian.sh "$root" "$@" || status=$?
echo "debian.sh: $release, $(($(date +%s) - begin)) s, status $status"
exit $status
