// A data set in batches, in a new order each epoch.
#pragma once

#include <cstdint>
#include <vector>

#include <backflow/runtime/data/dataset.h>

namespace backflow::data {

/// The order in which one epoch visits the images. Made by Batches::start.
struct Epoch {
  std::uint32_t number = 0;
  std::vector<std::uint32_t> order;
};

/// Const after construction: several threads may fill batches at once. The data set must outlive it.
class Batches {
 public:
  /// Without `shuffle` every epoch goes from the first image to the last. Throws an Error if `batch` < 1.
  Batches(const Dataset& data, std::int64_t batch, std::uint64_t seed = 1, bool shuffle = true);

  /// Shape of one image, [C, H, W].
  const Shape& image() const { return data_.image; }
  /// Batches in an epoch; the last one may be smaller.
  std::size_t count() const;
  /// Images in batch `index`.
  std::int64_t size_of(std::size_t index) const;
  /// Makes `epoch` the order of epoch `number`, a pure function of seed and number; its memory is used again.
  void start(Epoch& epoch, std::uint32_t number) const;
  /// Writes batch `index`: images [B, C, H, W] as (pixel / 255 − mean) / deviation, or features, and labels [B].
  void fill(const Epoch& epoch, std::size_t index, float* images, std::int32_t* labels) const;

 private:
  const Dataset& data_;
  std::int64_t batch_;
  std::uint64_t seed_;
  bool shuffle_;
  float scale_, offset_;  // pixel · scale + offset is standardised
};

}  // namespace backflow::data
