// Samples as arrays of NumPy. Internal to runtime/data/.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/data/npy.h>
#include <backflow/runtime/data/subset.h>

namespace backflow::data {

/// x with y, of as many samples.
struct ArraySamples {
  Array x;  // [N, C, H, W] or [N, F]
  Array y;  // [N] or [N, 1]
  std::size_t count() const { return static_cast<std::size_t>(x.shape.at(0)); }
};

struct FoundArrays {
  ArraySamples train;
  std::optional<ArraySamples> test;
};

/// Throws an Error for one that is not finite.
std::vector<double> numbers_of(const Array& y);
/// What `asked` says, or what y says: integers are classes where they come twice on average, floats where they are few.
Task array_task(const Array& y, std::span<const double> numbers, Task asked);
/// Training and test samples; all are for training where there are arrays to test with.
Partition shared_out(const FoundArrays& arrays, const std::vector<std::int32_t>& labels, double test_share);

/// Images, and classes or numbers.
Split image_split(const FoundArrays& arrays, const DataOptions& options);
/// Features, and classes or numbers.
Split feature_split(const FoundArrays& arrays, const DataOptions& options);

/// Labels beyond these are no classes.
constexpr double kLargestArrayLabel = 65'535;

}  // namespace backflow::data
