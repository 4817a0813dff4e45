// The reference of layer, group and instance normalisation.
#pragma once

#include "tests/support/proof.h"

namespace backflow::proof {

/// (x − µ) / √(σ² + ε) of each run of `length` elements; then times w[i] and plus b[i], i what `channel` says of the
/// element, where there are such inputs.
template <class T, class Channel>
Array<T> normalized(const std::vector<Array<T>>& in, std::size_t length, double epsilon, Channel channel) {
  Array<T> y = in[0];
  const double share = 1 / static_cast<double>(length);
  for (std::size_t n = 0; n < y.data.size(); n += length) {
    T mean = 0, variance = 0;
    for (std::size_t i = 0; i < length; ++i) mean += share * y.data[n + i];
    for (std::size_t i = 0; i < length; ++i) variance += share * (y.data[n + i] - mean) * (y.data[n + i] - mean);
    for (std::size_t i = 0; i < length; ++i) y.data[n + i] = (y.data[n + i] - mean) / std::sqrt(variance + epsilon);
  }
  for (std::size_t i = 0; i < y.data.size(); ++i) {
    if (in.size() > 1) y.data[i] *= in[1].data[channel(i)];
    if (in.size() > 2) y.data[i] += in[2].data[channel(i)];
  }
  return y;
}

}  // namespace backflow::proof
