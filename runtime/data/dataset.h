// Samples with a class or with numbers to predict, which a network learns from and is measured on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow::data {

/// An input is (value − mean) / stddev for each channel, with pixels in 0 … 1.
struct Standardization {
  std::vector<float> mean, stddev;  // [C]; empty for 0 and 1
};

/// Of what classes a sample is that is mixed from two: `share` of the first, the rest of the other.
struct MixedLabel {
  std::int32_t label = 0, other = 0;
  float share = 1;
};

/// What is trained and measured on. Const: several threads read samples at once.
class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual std::size_t size() const = 0;
  /// Of one input: [C, H, W] of images, [features] of a table's rows.
  virtual Shape input_shape() const = 0;
  /// 0 if numbers are to be predicted.
  virtual int class_count() const = 0;
  /// 0 … class_count() − 1.
  virtual std::int32_t label(std::size_t sample) const = 0;
  /// Writes the standardised input, row-major. `epoch` counts from 0: what a data set changes from epoch to epoch is a
  /// pure function of both. Throws an Error if the sample cannot be read; training then ends with it.
  virtual void read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const = 0;

  /// How many numbers are to be predicted of each sample (regression); 0: a class.
  virtual std::int64_t target_count() const { return 0; }
  /// Writes them, standardised: [target_count()].
  virtual void read_target(std::size_t /*sample*/, std::span<float> target) const { std::ranges::fill(target, 0.0F); }
  /// What a standardised target stands for: target · stddev + mean, each [target_count()]; empty for 0 and 1.
  virtual Standardization target_standardization() const { return {}; }

  /// Of each class; empty if they have none.
  virtual std::vector<std::string> class_names() const { return {}; }
  virtual Standardization standardization() const { return {}; }
  /// How a table's rows become inputs: TableRecipe as JSON. Empty for other data.
  virtual std::string table_recipe() const { return {}; }
  /// Whether reading takes long enough to be shared out among the workers, as decoding does.
  virtual bool reads_slowly() const { return false; }
  /// Whether samples are mixed from two, as mixed_label() says; label() is that of the first.
  virtual bool mixes() const { return false; }
  virtual MixedLabel mixed_label(std::size_t sample, std::uint32_t /*epoch*/) const {
    return {label(sample), label(sample), 1};
  }

  /// What a network makes of a sample: a logit for each class, or the numbers to predict.
  std::int64_t output_count() const { return target_count() > 0 ? target_count() : class_count(); }
};

}  // namespace backflow::data
