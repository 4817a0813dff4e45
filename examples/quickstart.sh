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
build/release/train --model cnn --data fashion-mnist --robust linf:0.1 --epochs 2 --out out/robust
# dream NETWORK PRESET IMAGE
dream() {
  build/release/dream --model "$1" --target 'class:*' --preset "$2" --out "out/dreams/${3%.png}" --grid "../../$3" \
    --judge out/judge/model.safetensors
}
dream out/model.safetensors homework classes.png
dream out/model.safetensors naive naive.png
dream out/robust/model.safetensors homework robust_classes.png
dream out/robust/model.safetensors naive robust_naive.png
echo
echo "Written to out/:"
ls out out/watch
