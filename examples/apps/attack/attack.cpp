// Attacks a classifier, and measures or certifies how robust it is: see `attack --help` and docs/robustness.md.
#include <CLI/CLI.hpp>

#include "examples/apps/attack/attack_run.h"
#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"

using namespace backflow;

int main(int argc, char** argv) {
  CLI::App app(
      "Attacks a classifier with pictures that differ little from those it gets right: its accuracy under attack, the "
      "smallest pictures that fool it, and radii that no attack breaks.",
      "attack");
  AttackFlags flags;
  add_options(app, flags);
  app.footer(
      "Examples:\n  attack --model out/cnn --data fashion-mnist --eps 2/255,4/255,8/255 --out out/attack\n"
      "  attack --model net.onnx --labels labels.txt --eps 1/255 --method pgd --restarts 5 photo.jpg\n"
      "  attack --model out/cnn --data fashion-mnist --certify sigma=0.25");
  catch_signals();
  return run_program(app, argc, argv, [&] {
    flags.given = given_options(app);
    return run_attack(flags);
  });
}
