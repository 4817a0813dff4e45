// Command lines of `train` and `dream`: the first line names the program, each other line is an argument.
#include <CLI/CLI.hpp>

#include "examples/apps/common/flags.h"
#include "examples/apps/common/memory_limit.h"
#include "examples/apps/common/program.h"
#include "examples/apps/dream/dream_flags.h"
#include "examples/apps/train/train_run.h"
#include "examples/apps/train/watch.h"
#include "tests/fuzz/fuzz.h"

using namespace backflow;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// CLI11 takes the last argument first.
void parse(CLI::App& app, std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
}

/// Made once and set back before each input: to add the flags takes most of the time.
struct Train {
  TrainSettings settings;
  TrainProgram program;
  WatchOptions watch;
  CLI::App app;

  Train() {
    add_flags(app, table(settings));
    add_flags(app, table(program));
    add_flags(app, table(watch));
    add_max_memory(app, program.max_memory, "bytes", "The run");
  }
  void read(const std::vector<std::string>& arguments) {
    settings = {}, program = {}, watch = {};
    parse(app, arguments);
    check(settings, given_options(app));
    if (!watch.what.empty()) check(watch);
    if (metadata_of(settings_from(metadata_of(settings), {}, {}, "again")) != metadata_of(settings))
      fuzz::found("other settings when written");
  }
};

struct Dream {
  DreamFlags flags;
  CLI::App app;

  Dream() { add_options(app, flags); }
  void read(const std::vector<std::string>& arguments) {
    flags = {};
    parse(app, arguments);
    for (const std::string& name : given_options(app)) flags.given.push_back("--" + name);
    check(flags);
    settings_text(options_of(flags, {}));
  }
};

/// What was typed may be of any length and may come back; it has to be a refusal all the same.
template <class Read>
void refuses_or_reads(Read read) {
  try {
    read();
  } catch (const CLI::ParseError&) {
  } catch (const UsageError&) {
  } catch (const Error&) {
  } catch (const std::exception& e) {
    fuzz::found(str_cat("no refusal: ", e.what()));
  }
}

}  // namespace

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  auto lines = lines_of(fuzz::text_of(data, size));
  if (lines.empty()) return 0;
  const bool train = lines[0] == "train";
  lines.erase(lines.begin());
  static Train train_program;
  static Dream dream_program;
  refuses_or_reads([&] { train ? train_program.read(lines) : dream_program.read(lines); });
  return 0;
}
