#!/bin/sh
# Trains with --watch and runs a list of jobs for a long time, and fails when memory or descriptors grow.
#
# usage: soak.sh SECONDS [BUILD]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { echo "usage: soak.sh SECONDS [BUILD]" >&2; exit 2; }
build=${2:-$root/build/release}
exec python3 "$root/tests/faults/soak.py" "$build/train" "$1"
