// The command line of `dream`.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <backflow/runtime/dream/options.h>
#include "examples/apps/common/model_options.h"

namespace backflow {

/// An option of the image as it was given: --jitter 8 and --set jitter=8 are the same.
struct DreamOverride {
  std::string flag, name, value;
};

struct DreamFlags {
  // What the images are made of.
  std::vector<std::string> models, targets, objectives;
  ModelOptions model;
  std::string preset, size, start, guide, mask;
  std::vector<DreamOverride> overrides;  // in the order of the command line
  std::optional<std::int64_t> limit_steps;

  // What is done with them.
  std::optional<std::int64_t> threads;
  std::optional<std::uint64_t> max_memory;  // bytes
  std::filesystem::path out = "out", judge, again;
  std::filesystem::path grid, animation, report;  // relative ones are below `out`
  std::optional<std::int64_t> every;
  double state_every = 30;  // seconds
  bool resume = false, overwrite = false, list_layers = false, show_settings = false, quiet = false,
       memory_report = false;
  std::vector<std::string> given;
};

void add_options(CLI::App& app, DreamFlags& flags);
/// Throws a UsageError for flags that exclude each other or lack one that they need, and for numbers out of range.
void check(const DreamFlags& flags);

/// "224" or "320x240" (width × height); 0 where nothing is given. Throws a UsageError.
struct DreamSize {
  std::int64_t width = 0, height = 0;
};
DreamSize size_of(const std::string& text);

/// Whether --start names a photo.
bool starts_from_photo(const DreamFlags& flags);
/// NAME VALUE, a line each.
std::string settings_text(dream::DreamOptions options);
/// The preset's options for this size, with the flags on top. Throws a UsageError that names the flag.
dream::DreamOptions options_of(const DreamFlags& flags, DreamSize size);

}  // namespace backflow
