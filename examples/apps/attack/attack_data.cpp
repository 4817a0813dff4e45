#include "examples/apps/attack/attack_data.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <backflow/graph/error.h>
#include <backflow/runtime/attack/robustness.h>
#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/labels.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

constexpr const char* kNoImages = " has no images with classes; attacks are on classifiers of images";
constexpr float kLevels = 255, kRounded = 1e-3F;  // of bytes; how far from one a pixel may be that was one

/// Pixels in 0 … 1 of a standardised input: those of bytes exactly.
void unstandardize(std::span<float> input, const data::Standardization& s, const std::string& what) {
  const std::size_t channels = std::max<std::size_t>(1, s.mean.size()), size = input.size() / channels;
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (!s.mean.empty()) input[i] = input[i] * s.stddev[i / size] + s.mean[i / size];
    const float level = std::round(input[i] * kLevels);
    if (std::abs(input[i] * kLevels - level) < kRounded) input[i] = level / kLevels;
    require(input[i] >= 0 && input[i] <= 1, what, " has the pixel ", input[i], "; attacks are on pixels in 0 … 1");
  }
}

/// Only tables have options that are missing here.
data::Split found_data(const std::string& name, const std::string& what, const data::DataOptions& options,
                       Scheduler& workers) {
  std::error_code ignored;
  if (name != "fashion-mnist" && !std::filesystem::exists(name, ignored))
    throw UsageError(str_cat("--data: there is no '", files::printable(name), "'; expected what train --data takes"));
  data::Split split;
  try {
    workers.execute([&] { split = data::find_dataset(name, options); });
  } catch (const OptionError&) {
    fail(what, kNoImages);
  }
  return split;
}

AttackData read_data(const AttackSettings& s, const models::Model& model, Scheduler& workers) {
  data::DataOptions options;
  options.pictures.size = models::picture_height(model.input());
  options.pictures.grey = model.input().channels == 1;
  const std::string what = str_cat("--data: '", files::printable(s.data), "'");
  const data::Split split = found_data(s.data, what, options, workers);
  const data::Dataset& test = *split.test;
  require(test.class_count() > 0 && test.input_shape().size() == 3, what, kNoImages);
  const std::size_t count = s.limit == 0 ? test.size() : std::min(test.size(), static_cast<std::size_t>(s.limit));
  AttackData result{
      .samples = {.image = test.input_shape(), .pixels = {}, .labels = {}}, .names = {}, .class_names = {}};
  result.data_classes = test.class_names();
  result.classes = test.class_count();
  attack::Samples& samples = result.samples;
  samples.pixels.resize(count * samples.length());
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t sample = k * test.size() / count;
    const auto pixels = std::span(samples.pixels).subspan(k * samples.length(), samples.length());
    test.read(sample, 0, pixels);
    unstandardize(pixels, test.standardization(), str_cat(what, ": sample ", sample));
    samples.labels.push_back(test.label(sample));
    samples.numbers.push_back(static_cast<std::uint32_t>(sample));
    result.names.push_back(std::to_string(sample));
  }
  return result;
}

AttackData read_photos(const AttackSettings& s, const models::Model& model) {
  models::InputSpec input = model.input();
  std::fill(input.mean.begin(), input.mean.end(), 0.0F);
  std::fill(input.stddev.begin(), input.stddev.end(), 1.0F);
  AttackData result;
  attack::Samples& samples = result.samples;
  samples.image = {input.channels, models::picture_height(input), models::picture_width(input)};
  std::vector<float> pixels(samples.length());
  for (const std::string& photo : s.photos) {
    try {
      models::to_input(models::fitted(image::read_image(photo), input), input, pixels);
    } catch (const Error& e) {
      say_unreadable("attack", photo, e);
      result.unreadable = true;
      continue;
    }
    samples.pixels.insert(samples.pixels.end(), pixels.begin(), pixels.end());
    samples.labels.push_back(0);
    result.names.push_back(photo);
  }
  return result;
}

/// The network's number of each of the data's classes, by name; empty if one of them is not there.
std::vector<std::int32_t> matched(const std::vector<std::string>& data, const models::ClassNames& network) {
  std::vector<std::int32_t> result;
  for (const std::string& name : data) {
    const auto found = network.find(name);
    if (!found) return {};
    result.push_back(*found);
  }
  return result;
}

}  // namespace

AttackData load_attack_data(const AttackSettings& s, const models::Model& model, Scheduler& workers) {
  AttackData data = s.data.empty() ? read_photos(s, model) : read_data(s, model, workers);
  require(data.samples.size() > 0, "no photo can be read");
  data.class_names = model.labels();
  return data;
}

void set_classes(AttackData& data, attack::Victim& victim, const AttackSettings& s) {
  if (!s.labels.empty()) data.class_names = models::read_labels(s.labels, victim.classes());
  if (data.classes == 0) {
    data.samples.labels = attack::predictions(victim, data.samples);
    return;
  }
  const auto numbers = matched(data.data_classes, models::ClassNames(data.class_names, victim.classes()));
  if (!numbers.empty()) {
    for (std::int32_t& label : data.samples.labels) label = numbers[static_cast<std::size_t>(label)];
    return;
  }
  require(data.classes == victim.classes(), "--data: '", files::printable(s.data), "' has ", data.classes,
          " classes, the network ", victim.classes(), ", and their names are not the same",
          s.labels.empty() ? "; --labels FILE names the network's" : "");
  if (data.class_names.empty()) data.class_names = data.data_classes;
}

}  // namespace backflow
