# Makes a minimal Debian and runs commands in it. Sourced by debian.sh, arm.sh and deb.sh, which say their name in
# $program; sets $root.

# make_root RELEASE FOLDER: used again where there is one.
make_root() {
  [ "$(id -u)" = 0 ] || { echo "$program: only root can mount and chroot" >&2; exit 1; }
  command -v debootstrap >/dev/null || { echo "$program: debootstrap was not found" >&2; exit 1; }
  # shellcheck disable=SC2016  # apt expands
  mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' |
    head -n 1)}
  [ -n "$mirror" ] || { echo "$program: apt names no mirror of Debian; set DEBIAN_MIRROR" >&2; exit 1; }
  mkdir -p "$2"
  root=$(cd "$2" && pwd)
  made=$root/made-by-debian.sh  # empty until debootstrap has ended
  if [ ! -e "$made" ] && [ -n "$(ls -A "$root")" ]; then
    echo "$program: $root is not empty and nothing that this program made" >&2
    exit 1
  fi
  has=$(cat "$made" 2>/dev/null || true)
  if [ -z "$has" ]; then
    : > "$made"
    debootstrap --variant=minbase "$1" "$root" "$mirror"
    echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/debian-sh"  # no sync after each package
    echo "$1" > "$made"
  elif [ "$has" != "$1" ]; then
    echo "$program: $root holds $has, not $1" >&2
    exit 1
  fi
}

# in_root SCRIPT [ARGUMENT]…: runs a text of sh there, with ccache's folder in it.
# In a mount namespace of its own: the kernel takes the mounts away, however this ends.
in_root() {
  # shellcheck disable=SC2016  # the inner shell expands
  unshare --mount sh -eu -c '
    root=$1 script=$2
    shift 2
    for folder in proc dev dev/pts; do mount --bind "/$folder" "$root/$folder"; done
    exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
      DEBIAN_FRONTEND=noninteractive CCACHE_DIR=/var/cache/ccache CCACHE_SLOPPINESS=pch_defines,time_macros \
      CMAKE_CXX_COMPILER_LAUNCHER=ccache \
      ${CMAKE_BUILD_PARALLEL_LEVEL:+CMAKE_BUILD_PARALLEL_LEVEL="$CMAKE_BUILD_PARALLEL_LEVEL"} \
      sh -euc "$script" "$0" "$@"' "$program" "$root" "$@"
}
