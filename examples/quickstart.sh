#!/bin/sh
# From a fresh clone to a trained network.
set -eu

usage() {
  cat <<'END'
usage: examples/quickstart.sh [OPTION OF train]…

Installs the packages (apt, as root or with sudo), builds backflow into build/release and trains the convnet on
Fashion-MNIST. While it trains, pictures of what each class has come to look like are made from snapshots of its
weights, on the same cores. Leaves in out/: model.safetensors, metrics.jsonl, graph.dot, graph.svg, and in out/watch/
contact_sheet.png, animation.webp and every picture. Can be run again.
Options go to the program `train` and come after its own, for example:  examples/quickstart.sh --epochs 10 --threads 2
END
}

case "${1:-}" in -h | --help) usage; exit 0 ;; esac

cd "$(dirname "$0")/.."
.ci/packages.sh build data
cmake --preset release -DBACKFLOW_BUILD_TESTS=OFF
cmake --build --preset release --target train
build/release/train --model cnn --data fashion-mnist --epochs 3 --watch classes --watch-every 100 --out out "$@"
echo
echo "Written to out/:"
ls out out/watch
