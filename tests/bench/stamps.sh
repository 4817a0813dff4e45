#!/bin/bash
# Seven kinds of pictures of Debian's tuxpaint-stamps-default, which it installs (160 MB): a network learns them from
# nothing, and one of an ONNX file is trained further. docs/stories.md shows the output.
#
#   tests/bench/stamps.sh MODEL.onnx [OUT [BUILD]]
set -euo pipefail
[ $# -ge 1 ] || { sed -n '5s/^# *//p' "$0" >&2; exit 2; }
model=$(realpath "$1") out=${2:-out/stamps} build=${3:-build/release}
source=/usr/share/tuxpaint/stamps
[ -d "$source" ] || apt-get install -y --no-install-recommends tuxpaint-stamps-default
mkdir -p "$out/data"
for kind in animals food household plants seasonal town vehicles; do
  [ -d "$out/data/$kind" ] || cp -rL "$source/$kind" "$out/data/$kind"
done
run() { printf '$ %s\n' "$*"; "$build/$1" "${@:2}"; }
cd "$(dirname "$out")" && build=$(cd "$OLDPWD" && realpath "$build") && out=$(basename "$out")
run train --data "$out/data" --image-size 64 --model cnn --optimizer adamw --weight-decay 0.05 --lr 0.001 --batch 32 \
  --augment standard --val 0.15 --epochs 40 --out "$out/from-nothing"
run train --from "$model" --standardize imagenet --data "$out/data" --freeze backbone --cache-features --val 0.15 \
  --lr 0.01 --epochs 30 --patience 8 --out "$out/head"
run train --from "$model" --standardize imagenet --data "$out/data" --lr 0.003 --batch 32 --augment flip,shift:16 --val 0.15 \
  --epochs 5 --out "$out/further"
cat "$out/further/report.txt"
run dream --model "$out/further/best.safetensors" --target class:animals --target class:vehicles --out "$out/dreams"
