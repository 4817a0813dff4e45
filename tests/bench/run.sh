#!/bin/sh
# Builds the benchmark programs and prints tables beside PyTorch, oneTBB and the best GEMM: compare.py --help.
set -e
root=$(cd "$(dirname "$0")/../.." && pwd)
packages="python3-torch libopenblas0-pthread libopenblas0-openmp"
if command -v apt-get > /dev/null && ! dpkg-query -W $packages > /dev/null 2>&1; then
  $(test "$(id -u)" = 0 || echo sudo) apt-get install -y $packages
fi
cmake -S "$root" -B "$root/build" -DCMAKE_BUILD_TYPE=Release -DBACKFLOW_BUILD_TESTS=ON > /dev/null
cmake --build "$root/build" --target bench_step bench_gemm bench_empty_nodes --parallel > /dev/null
exec "$root/tests/bench/compare.py" --build "$root/build" "$@"
