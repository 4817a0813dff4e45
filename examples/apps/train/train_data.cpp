#include "examples/apps/train/train_data.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include <backflow/graph/error.h>
#include <backflow/runtime/scheduler/available_memory.h>
#include "examples/apps/common/program.h"
#include "examples/apps/train/train_network.h"

namespace backflow {
namespace {

constexpr std::size_t kNamed = 10;  // classes that a warning lists

/// Classes that no image teaches, or the one that all of them are of.
std::string warning_about(const data::Dataset& data) {
  if (data.target_count() > 0) return "";
  std::vector<std::size_t> count(static_cast<std::size_t>(data.class_count()));
  for (std::size_t i = 0; i < data.size(); ++i) ++count[static_cast<std::size_t>(data.label(i))];
  std::string names;
  std::size_t empty = 0;
  for (std::size_t c = 0; c < count.size(); ++c) {
    if (count[c] == data.size()) return str_cat("all ", data.size(), " training images are of class ", c);
    if (count[c] == 0 && ++empty <= kNamed) names += str_cat(empty == 1 ? "" : ", ", c);
  }
  if (empty > kNamed) names += str_cat(" and ", empty - kNamed, " more");
  return empty == 0 ? "" : str_cat("no training image is of class ", names);
}

/// As much of `bytes` as leaves the machine three quarters of what it has left.
std::size_t usual_cache(std::size_t bytes) {
  return static_cast<std::size_t>(std::min(static_cast<double>(bytes), available_memory() / 4));
}

}  // namespace

std::shared_ptr<const data::Split> load_data(const std::string& name, const data::DataOptions& options,
                                             Scheduler& workers) {
  std::error_code ignored;
  if (name != "fashion-mnist" && !std::filesystem::exists(name, ignored))
    throw UsageError(str_cat("--data: there is no '", name,
                             "'; expected fashion-mnist, a folder of IDX files or of folders of pictures, a list of "
                             "pictures, a table, or arrays of NumPy"));
  auto data = std::make_shared<data::Split>();
  try {
    workers.execute([&] { *data = data::find_dataset(name, options); });
  } catch (const OptionError& e) {
    throw_naming_flag(e);
  }
  const std::string warning = warning_about(*data->train);
  if (!warning.empty()) std::cerr << "warning: --data " << name << ": " << warning << '\n';
  return data;
}

std::shared_ptr<const data::Split> load_data(const TrainProgram& p, const TrainSettings& s, const StartModel& start,
                                             Scheduler& workers) {
  data::DataOptions options = data_options_of(s, side_of(p, start));
  options.tables.recipe = table_recipe_of(p);
  options.pictures.strict = p.strict;
  options.pictures.cache = p.cache.value_or(usual_cache(options.pictures.cache));
  auto data = load_data(s.data, options, workers);
  check_data(s, *data, p.given);
  return data;
}

}  // namespace backflow
