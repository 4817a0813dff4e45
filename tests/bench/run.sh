#!/bin/sh
# Builds the benchmark programs and writes tables beside PyTorch, LibTorch, dlib, oneTBB and the best GEMM; the
# arguments are those of compare.py, see --help. Without any, all groups are run and out/benchmarks.md is written.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
.ci/packages.sh build bench
cmake --preset release -DBACKFLOW_BUILD_TESTS=ON > /dev/null
cmake --build --preset release --target benchmarks > /dev/null
[ $# -gt 0 ] || { mkdir -p out; set -- --out out/benchmarks.md; }
exec tests/bench/compare.py "$@"
