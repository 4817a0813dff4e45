#!/bin/sh
# From a fresh clone to a trained network, and what it thinks its classes look like.
set -eu

usage() {
  cat <<'END'
usage: examples/quickstart.sh [OPTION OF train]…

Installs the packages (apt, as root or with sudo), builds backflow into build/release and trains the convnet on
Fashion-MNIST. While it trains, images of what each class has come to look like are made from snapshots of its
weights, on the same cores. Leaves in out/: model.safetensors, metrics.jsonl, graph.svg, plan.svg, and in out/watch/
contact_sheet.png, animation.webp and every image. At the end the trained network dreams of each class, and a second
network says what it sees: out/classes.png. The same network trained against attacks dreams too: robust_classes.png; of
both there are the images that the gradient alone makes, naive.png and robust_naive.png. Can be run again.
Options go to the program `train` and come after its own, for example:  examples/quickstart.sh --epochs 10 --threads 2
END
}

case "${1:-}" in -h | --help) usage; exit 0 ;; esac

cd "$(dirname "$0")/.."
.ci/packages.sh build data
cmake --preset release -DBACKFLOW_BUILD_TESTS=OFF
cmake --build --preset release --target train dream
build/release/train --model cnn --data fashion-mnist --epochs 3 --watch classes --watch-every 100 --out out "$@"
echo
# A second network says what it sees in the first one's dreams.
build/release/train --model mlp --data fashion-mnist --epochs 3 --out out/judge --quiet
# And one that was trained against attacks, whose gradients people can read.
build/release/train --model cnn --data fashion-mnist --robust linf:0.1 --attack-steps 3 --epochs 1 --out out/robust
# dream NETWORK IMAGE OPTION…
dream() {
  network=$1 image=$2
  shift 2
  build/release/dream --model "$network" --target 'class:*' --out "out/dreams/$image" --grid "../../$image.png" \
    --judge out/judge/model.safetensors "$@"
}
dream out/model.safetensors classes --preset homework
dream out/robust/model.safetensors robust_classes --preset homework
# The gradient alone; brought to one size, since that of a robust network is small.
dream out/model.safetensors naive --preset naive --normalize rms
dream out/robust/model.safetensors robust_naive --preset naive --normalize rms
echo
echo "Written to out/:"
ls out out/watch
