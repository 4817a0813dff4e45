#!/bin/sh
# Ends train, dream, a list of jobs and train on pictures by kill -9, N times each at random moments, and lets them go on to the same bits.
#
# usage: kill.sh N [BUILD]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { echo "usage: kill.sh N [BUILD]" >&2; exit 2; }
build=${2:-$root/build/release}
exec python3 "$root/tests/faults/kill.py" "$build/train" "$build/dream" "$1"
