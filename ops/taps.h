// How lines are resized: sparse matrices that make a new line out of an old one.
#pragma once

#include <cstdint>
#include <vector>

namespace backflow {

/// By rows: each element of the new line is a sum over few elements of the old one.
struct Taps {
  struct Tap {
    std::int64_t from;
    float weight;
  };
  std::int64_t length;               // of the old line
  std::vector<std::vector<Tap>> of;  // for each element of the new line
};

Taps transposed(const Taps& taps);

/// Bilinear with a triangle around each new element's middle, as wide as the reduction but at least one old element to
/// each side; cut at the ends and normalised. Without aliasing; enlarges as plain bilinear interpolation does.
Taps smooth_taps(std::int64_t from, std::int64_t to);

}  // namespace backflow
