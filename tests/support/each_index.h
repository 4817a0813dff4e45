// Places in arrays of any number of axes, for references that are written once for all of them.
#pragma once

#include <backflow/graph/spec.h>

namespace backflow::proof {

/// Calls f(index) for each place of an array of this shape, in row-major order.
template <class F>
void each_index(const Shape& shape, F f) {
  Shape index(shape.size(), 0);
  for (std::int64_t n = elements(shape); n > 0; --n) {
    f(static_cast<const Shape&>(index));
    for (std::size_t a = shape.size(); a-- > 0;) {
      if (++index[a] < shape[a]) break;
      index[a] = 0;
    }
  }
}

/// Where `index` is in the data of a row-major array.
inline std::size_t place_in(const Shape& shape, const Shape& index) {
  std::int64_t place = 0;
  for (std::size_t a = 0; a < shape.size(); ++a) place = place * shape[a] + index[a];
  return static_cast<std::size_t>(place);
}

}  // namespace backflow::proof
