// Indices as inputs of proofs: of all values, negative ones too.
#pragma once

#include "tests/support/each_index.h"
#include "tests/support/proof.h"

namespace backflow::proof {

/// Of this shape and type, in −length … length − 1.
inline Input indices(const Shape& shape, std::int64_t length, Type type) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < elements(shape); ++i)
    values.push_back(static_cast<double>((i * 7 + 3) % (2 * length) - length));
  return {shape, false, false, 0, 1, std::move(values), type};
}

/// The one at `place`, as 0 … length − 1.
template <class T>
std::int64_t index_at(const Array<T>& index, const Shape& place, std::int64_t length) {
  const auto i = static_cast<std::int64_t>(real(index.data[place_in(index.shape, place)]));
  return i < 0 ? i + length : i;
}

}  // namespace backflow::proof
