// Optimizes images so that a network sees a class, a channel or a layer in them: see `dream --help` and
// docs/dreaming.md.
#include <CLI/CLI.hpp>
#include <iostream>

#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"
#include "examples/apps/dream/dream_folder.h"
#include "examples/apps/dream/dream_run.h"

using namespace backflow;

namespace {

DreamSetup setup_for(const DreamFlags& flags) {
  if (!flags.again.empty()) return setup_of(dream_settings_of(flags.again));
  if (flags.resume) return setup_of(settings_of_run(flags.out));
  return setup_of(flags);
}

int run(const DreamFlags& flags) {
  check(flags);
  if (flags.show_settings) {
    if (flags.models.empty() && flags.size.empty())
      std::cerr << "without --model the size is that for a network that reads images of any size\n";
    std::cout << settings_text(options_of(flags));
    return 0;
  }
  DreamSetup setup = setup_for(flags);
  if (flags.list_layers) {
    std::cout << layer_list(setup);
    return 0;
  }
  return DreamRun(std::move(setup), flags).run([] { return caught_signal() != 0; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Optimizes images so that a network sees in them what it is asked to.");
  DreamFlags flags;
  add_options(app, flags);
  catch_signals();
  return run_program(app, argc, argv, [&] {
    for (const std::string& name : given_options(app)) flags.given.push_back("--" + name);
    return run(flags);
  });
}
