// A data set in batches, in a new order each epoch.
#pragma once

#include <cstdint>
#include <vector>

#include <backflow/runtime/data/dataset.h>

namespace backflow::data {

/// The order in which one epoch visits the samples. Made by Batches::start.
struct Epoch {
  std::uint32_t number = 0;
  std::vector<std::uint32_t> order;
};

/// Where the rest of the labels of mixed samples goes: the other class, and the share of the first.
struct MixedLabels {
  std::int32_t* others = nullptr;
  float* shares = nullptr;
};

/// Const after construction: several threads may fill batches at once. The data set must outlive it.
class Batches {
 public:
  /// Without `shuffle` every epoch goes from the first sample to the last. With `drop_last` each batch of an epoch has
  /// `batch` samples, and those that are left over are not seen in it. Throws an Error if `batch` < 1 or there is none.
  Batches(const Dataset& data, std::int64_t batch, std::uint64_t seed = 1, bool shuffle = true, bool drop_last = false);

  /// Shape of one input: [C, H, W] of images.
  const Shape& input_shape() const { return shape_; }
  /// Batches in an epoch; the last one may be smaller.
  std::size_t count() const;
  /// Samples in batch `index`.
  std::int64_t size_of(std::size_t index) const;
  /// Makes `epoch` the order of epoch `number`, a pure function of seed and number; its memory is used again.
  void start(Epoch& epoch, std::uint32_t number) const;
  /// Dataset::target_count().
  std::int64_t target_count() const { return data_.target_count(); }
  /// Writes batch `index`: standardised inputs [B, …], and labels [B] or, of a regression, targets [B, T]; those that
  /// the data have not may be null.
  void fill(const Epoch& epoch, std::size_t index, float* inputs, std::int32_t* labels, float* targets = nullptr,
            const MixedLabels& mixed = {}) const;
  /// Into as many parts a batch is cut for fill_part(), which several threads may then call: 1 where reading is quick.
  std::size_t parts() const { return parts_; }
  void fill_part(const Epoch& epoch, std::size_t index, std::size_t part, float* inputs, std::int32_t* labels,
                 float* targets = nullptr, const MixedLabels& mixed = {}) const;
  /// Dataset::mixes(): MixedLabels are to be given then.
  bool mixes() const { return data_.mixes(); }

 private:
  const Dataset& data_;
  Shape shape_;
  std::size_t length_, parts_;
  std::int64_t batch_;
  std::uint64_t seed_;
  bool shuffle_, drop_last_;
};

}  // namespace backflow::data
