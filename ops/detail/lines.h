// The elements of a tile along one axis, line by line. Internal to ops/.
#pragma once

#include <backflow/ops/detail/broadcast.h>

namespace backflow {

struct Lines {
  std::vector<Loop> loops;  // over the lines' first elements
  std::int64_t length, step;

  /// Of `v`; `others` have its axes, `axis` with length 1 or read at its first element alone.
  Lines(View v, int axis, std::vector<View> others = {});

  /// Calls body(offsets of a line's first element in `v` and in the others).
  template <class Body>
  void each(const Body& body) const {
    walk(std::span<const Loop>(loops), [&](Place at, const Loop& loop) {
      for (std::int64_t i = 0; i < loop.length; ++i) {
        body(at);
        for (std::size_t k = 0; k < at.size(); ++k) at[k] += loop.step[k];
      }
    });
  }
};

struct Extreme {
  bool largest = true;  // otherwise the smallest
  bool last = false;    // of equal ones the last
};

/// Where in a line that begins at `x` its extreme is. NaN is more extreme than all numbers.
std::int64_t index_of_extreme(const Lines& lines, const float* x, const Extreme& extreme);

}  // namespace backflow
