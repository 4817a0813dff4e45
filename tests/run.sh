#!/bin/sh
# Installs, builds, checks and tests everything.
set -eu

usage() {
  cat <<'END'
usage: tests/run.sh [--preset release|debug|asan|tsan] [--no-install] [--tidy]

Installs the packages (apt, as root or with sudo), builds everything into build/PRESET, checks the format and the
includes' direction, and runs every test. Can be run again. Ends with 0 if all is well.

  --preset NAME   how to build (release)
  --no-install    take the packages that are there
  --tidy          run clang-tidy over every source file too; it takes several minutes
END
}

preset=release install=yes tidy=no
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --preset) preset=${2:?--preset needs a name}; shift ;;
    --no-install) install=no ;;
    --tidy) tidy=yes ;;
    *) echo "run.sh: unknown option '$1'; see --help" >&2; exit 2 ;;
  esac
  shift
done

cd "$(dirname "$0")/.."
[ $install = no ] || .ci/packages.sh build data test
# The quickstart leaves the tests out, in the same folder.
cmake --preset "$preset" -DBACKFLOW_BUILD_TESTS=ON
cmake --build --preset "$preset"
[ $tidy = no ] || cmake --build --preset "$preset" --target tidy
ctest --preset "$preset" --verbose
