#include "examples/apps/train/train_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/augmented.h>
#include <backflow/runtime/data/batches.h>
#include <backflow/runtime/data/subset.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/scheduler/available_memory.h>
#include <backflow/runtime/train/robust_step.h>
#include "examples/apps/common/program.h"
#include "examples/apps/common/steps_line.h"
#include "examples/apps/train/train_network.h"

namespace backflow {
namespace {

constexpr std::size_t kNamed = 10;    // classes that a warning lists
constexpr std::int64_t kShown = 100;  // images on a sheet
constexpr int kShownSide = 64;        // pixels, at least

/// Classes that no image teaches, or the one that all of them are of.
std::string warning_about(const data::Dataset& data) {
  if (data.target_count() > 0) return "";
  const std::vector<std::size_t> count = data::class_sizes(data);
  std::string names;
  std::size_t empty = 0;
  for (std::size_t c = 0; c < count.size(); ++c) {
    if (count[c] == data.size()) return str_cat("all ", data.size(), " training samples are of class ", c);
    if (count[c] == 0 && ++empty <= kNamed) names += str_cat(empty == 1 ? "" : ", ", c);
  }
  if (empty > kNamed) names += str_cat(" and ", empty - kNamed, " more");
  return empty == 0 ? "" : str_cat("no training sample is of class ", names);
}

/// The number to predict.
std::string target_of(const data::Dataset& data, std::uint32_t sample) {
  std::vector<float> target(static_cast<std::size_t>(data.target_count()));
  data.read_target(sample, target);
  const data::Standardization s = data.target_standardization();
  return fmt::format("{:.4g}", target[0] * s.stddev.at(0) + s.mean.at(0));
}

/// Of a sample of the first epoch: its name, or both where two are mixed.
std::string class_of(const data::Dataset& data, std::uint32_t sample) {
  if (data.target_count() > 0) return target_of(data, sample);
  const auto names = data.class_names();
  const auto name = [&](std::int32_t label) {
    return names.empty() ? std::to_string(label) : names.at(static_cast<std::size_t>(label));
  };
  const data::MixedLabel mixed = data.mixed_label(sample, 0);
  if (mixed.share == 1) return name(mixed.label);
  return str_cat(name(mixed.label), '\n', name(mixed.other), ' ', std::lround(100 * (1 - mixed.share)), " %");
}

/// Of --augment. Throws a UsageError if it does not fit the data.
data::Augmentation augmentation_of(const TrainSettings& s, const data::Dataset& data) {
  try {
    return data::parse_augmentation(s.augment, data.input_shape());
  } catch (const OptionError& e) {
    throw_naming_flag(e);
  }
}

/// What --robust cannot do with the data.
void check_robust(const TrainSettings& s, const data::Dataset& data) {
  if (!is_robust(s)) return;
  try {
    train::Adversary(attack::parse_threat(s.robust, "robust"), data);
  } catch (const OptionError& e) {
    throw_naming_flag(e);
  }
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
  std::optional<StepsLine> line;
  std::size_t shown = 0;  // pictures of the part that the line is about
  options.pictures.progress = [&](std::size_t done, std::size_t all) {
    if (std::exchange(shown, all) != all) line.emplace(static_cast<std::int64_t>(all), "pictures", p.quiet);
    line->show(static_cast<std::int64_t>(done), static_cast<std::int64_t>(done), "decoded");
  };
  options.pictures.cache = p.cache.value_or(usual_cache(options.pictures.cache));
  auto data = load_data(s.data, options, workers);
  line.reset();
  check_data(s, *data, p.given);
  check_robust(s, *data->train);
  augmentation_of(s, *data->train);
  return data;
}

std::shared_ptr<const data::Dataset> augmented(std::shared_ptr<const data::Dataset> train, const TrainSettings& s) {
  if (s.augment == "none") return train;
  data::Augmentation augmentation = augmentation_of(s, *train);
  return std::make_shared<data::Augmented>(std::move(train), std::move(augmentation), s.seed);
}

void write_batch(const std::filesystem::path& file, const data::Dataset& train, const TrainSettings& s) {
  const Shape shape = train.input_shape();
  require(shape.size() == 3 && (shape[0] == 1 || shape[0] == 3), "--show-batch: images have shape ", to_string(shape),
          ", expected 1 or 3 channels");
  const data::Batches batches(train, s.batch, s.seed, true);
  data::Epoch epoch;
  batches.start(epoch, 0);
  const auto shown = static_cast<std::size_t>(std::min<std::int64_t>(batches.size_of(0), kShown));
  std::vector<image::Image> pictures;
  image::GridOptions options;
  std::vector<float> input(static_cast<std::size_t>(elements(shape)));
  for (std::size_t i = 0; i < shown; ++i) {
    train.read(epoch.order[i], 0, input);
    pictures.push_back(image::visible(models::picture_of(input, train), kShownSide));
    options.labels.push_back(class_of(train, epoch.order[i]));
  }
  image::write_image(file, image::grid(pictures, options));
}

}  // namespace backflow
