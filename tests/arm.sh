#!/bin/sh
# Compiles the library and its tests for 64-bit ARM and runs those of graph and ops under qemu.
set -eu

usage() {
  cat <<'END_OF_USAGE'
usage: tests/arm.sh [--release bookworm|trixie] [--root FOLDER] [-- OPTION…]

Makes a minimal Debian with debootstrap, installs Debian's cross compiler and the libraries of arm64 there, copies the
source tree into it, compiles library and tests at -O1, and runs test_graph and test_ops under qemu. The mounts it needs
are seen by no other process and end with it. Needs root, debootstrap, the network and 5 GB.

  --release NAME   which Debian: bookworm is 12, trixie is 13 (bookworm)
  --root FOLDER    where it lies (build/debian/arm-NAME); used again where there is one, with its packages and its ccache
  -- OPTION…       options of the two test programs, such as --run_test=relu_

DEBIAN_MIRROR=URL takes another mirror than the one that apt takes here, CMAKE_BUILD_PARALLEL_LEVEL=N builds with N jobs.
END_OF_USAGE
}

release=bookworm root=
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --release) release=${2:?--release needs a name}; shift ;;
    --root) root=${2:?--root needs a folder}; shift ;;
    --) shift; break ;;
    *) echo "arm.sh: unknown option '$1'; see --help" >&2; exit 2 ;;
  esac
  shift
done
case "$release" in
  bookworm | trixie) ;;
  *) echo "arm.sh: --release needs bookworm or trixie, not '$release'" >&2; exit 2 ;;
esac

cd "$(dirname "$0")/.."
program=arm.sh
. tests/chroot.sh
make_root "$release" "${root:-build/debian/arm-$release}"
rm -rf "$root/backflow"
git clone --quiet . "$root/backflow"

# Of the groups build and test: libraries of arm64; tools, and packages for all architectures, of this machine's.
libraries=$(awk '$1 == "build" && $2 ~ /^lib.*-dev$|^ocl-icd/ { print $2 }' .ci/packages.txt)
begin=$(date +%s)
status=0
# shellcheck disable=SC2016  # the inner shell expands
in_root '
  libraries=$1
  shift
  dpkg --add-architecture arm64
  apt-get update -qq
  wanted="ccache cmake g++ g++-aarch64-linux-gnu git ninja-build protobuf-compiler python3 qemu-user-static"
  wanted="$wanted nlohmann-json3-dev libboost-test-dev:arm64"
  for library in $libraries; do  # some are for all architectures
    if apt-cache show "$library:arm64" >/dev/null 2>&1; then library=$library:arm64; fi
    wanted="$wanted $library"
  done
  apt-get install -y -qq --no-install-recommends $wanted >/dev/null
  cd /backflow
  cmake -G Ninja -B build/arm -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 \
    -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ \
    -DCMAKE_LIBRARY_ARCHITECTURE=aarch64-linux-gnu -DCMAKE_COMPILE_WARNING_AS_ERROR=ON \
    -DBACKFLOW_PYTHON=OFF -DBACKFLOW_BUILD_EXAMPLES=OFF -DBACKFLOW_RUNTIME_TESTS=none
  cmake --build build/arm --target test_graph test_ops
  failed=0
  for test in graph ops; do
    qemu-aarch64-static build/arm/test_$test --log_level=message --report_level=short "$@" || failed=1
  done
  exit $failed' "$libraries" "$@" || status=$?
echo "arm.sh: $release, $(($(date +%s) - begin)) s, status $status"
exit $status
