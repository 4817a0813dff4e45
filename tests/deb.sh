#!/bin/sh
# Makes the Debian package, installs it in a minimal Debian, uses all that is in it, and removes it.
set -eu

usage() {
  cat <<'END'
usage: tests/deb.sh [--root FOLDER] [--package FILE.deb]

Builds the package with the presets `package`, makes a minimal Debian of this release with debootstrap and installs it
there. Then, with nothing but what was installed: trains and dreams as the quickstart does, for one epoch; classifies a
picture; builds and runs the project in tests/consumer; imports the Python module. Removes the package and fails if a
file of it stays. Needs root, debootstrap, dpkg-dev, the network and 3 GB.

  --root FOLDER        where the Debian lies (build/debian/deb); one that an earlier run made is removed first
  --package FILE.deb   take this package instead of building one

DEBIAN_MIRROR=URL takes another mirror than the one that apt takes here, CMAKE_BUILD_PARALLEL_LEVEL=N builds with N jobs.
END
}

root=build/debian/deb package=
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --root) root=${2:?--root needs a folder}; shift ;;
    --package) package=$(realpath "${2:?--package needs a file}"); shift ;;
    *) echo "deb.sh: unknown option '$1'; see --help" >&2; exit 2 ;;
  esac
  shift
done
[ -z "$package" ] || [ -f "$package" ] || { echo "deb.sh: there is no file $package" >&2; exit 2; }

cd "$(dirname "$0")/.."
program=deb.sh
. tests/chroot.sh
if [ -z "$package" ]; then
  cmake --preset package
  cmake --build --preset package
  rm -f build/package/backflow_*.deb
  cpack --preset package
  package=$(realpath build/package/backflow_*.deb)
fi
dpkg-deb --info "$package"
[ ! -e "$root/made-by-debian.sh" ] || rm -rf "$root"
make_root "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$root"
cp "$package" "$root/root/backflow.deb"
cp -r tests/consumer "$root/root/consumer"

begin=$(date +%s)
status=0
# shellcheck disable=SC2016  # the inner shell expands
in_root '
  cd
  unset CMAKE_CXX_COMPILER_LAUNCHER
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends ./backflow.deb dataset-fashion-mnist >/dev/null
  dpkg -L backflow > files

  train --model cnn --epochs 1 --watch classes --watch-every 200 --out out --quiet
  train --model mlp --epochs 1 --out out/judge --quiet
  dream --model out/model.safetensors --target "class:*" --preset homework --out out/dreams --grid ../classes.png \
    --judge out/judge/model.safetensors --quiet
  test -s out/metrics.jsonl && test -s out/watch/animation.webp && test -s out/classes.png
  classify --model out/model.safetensors out/classes.png
  for page in train dream classify predict explain attack export; do grep -q "^.TH" "/usr/share/man/man1/$page.1"; done

  mkdir -p empty && cd empty
  python3 -c "import backflow, numpy; print(\"Python:\", backflow.__version__)"
  cd ..
  apt-get install -y -qq --no-install-recommends cmake g++ ninja-build >/dev/null
  cmake -G Ninja -S consumer -B consumer/build -DCMAKE_BUILD_TYPE=Release
  cmake --build consumer/build
  consumer/build/consumer

  apt-get purge -y -qq backflow >/dev/null
  left=0
  while read -r file; do
    [ -e "$file" ] || continue
    dpkg -S "$file" >/dev/null 2>&1 || { echo "left behind: $file"; left=1; }
  done < files
  test $(wc -l < files) -gt 100 && exit $left' || status=$?
echo "deb.sh: $(basename "$package"), $(($(date +%s) - begin)) s, status $status"
exit $status
