#!/bin/sh
# The share of the library's lines that the tests run.
set -eu

usage() {
  cat <<'END_OF_HELP'
usage: tests/coverage.sh [--html DIR]

Builds everything with the preset `coverage`, runs every test but the lint, and prints the share of lines of graph, ops
and runtime that ran, with the files that have the most lines left. Needs gcovr.

  --html DIR   writes the annotated sources as well
END_OF_HELP
}

html=
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --html) html=${2:?--html needs a folder}; shift ;;
    *) echo "coverage.sh: unknown option '$1'; see --help" >&2; exit 2 ;;
  esac
  shift
done

cd "$(dirname "$0")/.."
command -v gcovr >/dev/null || { echo "coverage.sh: gcovr was not found" >&2; exit 1; }
cmake --preset coverage
cmake --build --preset coverage
find build/coverage -name '*.gcda' -delete
ctest --preset coverage --label-exclude lint
if [ -n "$html" ]; then
  mkdir -p "$html"
  set -- --html-details "$html/index.html"
fi
gcovr --root . --object-directory build/coverage --filter '(graph|ops|runtime)/' --exclude-unreachable-branches \
      --sort-uncovered --print-summary "$@" | tail -n 40
