#!/bin/sh
# Installs, builds, checks and tests everything.
set -eu

usage() {
  cat <<'END'
usage: tests/run.sh [--preset NAME] [--sanitize WHICH] [--no-install] [--tidy]

Installs the packages (apt, as root or with sudo), builds everything into build/PRESET, checks the format and the
includes' direction, and runs every test. Can be run again. Ends with 0 if all is well.

  --preset NAME     how to build: release (the default), debug, asan or tsan
  --sanitize WHICH  address: every test under AddressSanitizer and UBSan; thread: under ThreadSanitizer; all: both in
                    turn; library: the tests of graph, ops and what reads files, and the inputs of tests/fuzz, under
                    AddressSanitizer and those checks of UBSan that cost no time
  --no-install      take the packages that are there
  --tidy            run clang-tidy over every source file too; it takes long
END
}

presets=release install=yes tidy=no library=no
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --preset) presets=${2:?--preset needs a name}; shift ;;
    --sanitize)
      case "${2:-}" in
        address) presets=asan ;;
        thread) presets=tsan ;;
        all) presets="asan tsan" ;;
        library) presets=asan library=yes ;;
        *) echo "run.sh: --sanitize needs address, thread, all or library; see --help" >&2; exit 2 ;;
      esac
      shift ;;
    --no-install) install=no ;;
    --tidy) tidy=yes ;;
    *) echo "run.sh: unknown option '$1'; see --help" >&2; exit 2 ;;
  esac
  shift
done

cd "$(dirname "$0")/.."
[ $install = no ] || .ci/packages.sh build data test
if [ $library = yes ]; then
  # UBSan's other checks (null, alignment, vptr, object size, pointers) double the time to compile and to run.
  ubsan=shift,integer-divide-by-zero,signed-integer-overflow,bounds,bool,enum,return,unreachable,nonnull-attribute
  cmake --preset asan -DBACKFLOW_BUILD_TESTS=ON -DBACKFLOW_RUNTIME_TESTS='files|models|data|image' \
        -DBACKFLOW_SANITIZE="address,$ubsan,returns-nonnull-attribute,builtin"
  cmake --build --preset asan --target test_graph test_ops test_runtime fuzz_replay
  ctest --preset asan --verbose --parallel 2 --tests-regex '^(graph|ops|runtime|fuzz_.*)$'
  exit
fi
for preset in $presets; do
  # The quickstart leaves the tests out, in the same folder.
  cmake --preset "$preset" -DBACKFLOW_BUILD_TESTS=ON -DBACKFLOW_RUNTIME_TESTS='.*'
  cmake --build --preset "$preset"
  if [ $tidy = yes ]; then  # which wants each file compiled alone
    cmake --preset "$preset" -B "build/$preset-tidy" -DBACKFLOW_UNITY=OFF
    cmake --build "build/$preset-tidy" --target tidy
  fi
  ctest --preset "$preset" --verbose --parallel 2
done
