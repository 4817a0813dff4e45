#include <backflow/ops/taps.h>

#include <algorithm>
#include <cmath>

namespace backflow {

Taps transposed(const Taps& taps) {
  Taps result{static_cast<std::int64_t>(taps.of.size()), {}};
  result.of.resize(static_cast<std::size_t>(taps.length));
  for (std::size_t i = 0; i < taps.of.size(); ++i)
    for (const auto& t : taps.of[i])
      result.of[static_cast<std::size_t>(t.from)].push_back({static_cast<std::int64_t>(i), t.weight});
  return result;
}

Taps smooth_taps(std::int64_t from, std::int64_t to) {
  Taps taps{from, {}};
  const double scale = static_cast<double>(from) / static_cast<double>(to), support = std::max(scale, 1.0);
  for (std::int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - support + 0.5));
    const auto end = std::min(from, static_cast<std::int64_t>(centre + support + 0.5));
    std::vector<double> weights;
    double total = 0;
    for (std::int64_t k = first; k < end; ++k) {
      weights.push_back(std::max(0.0, 1 - std::abs((static_cast<double>(k) + 0.5 - centre) / support)));
      total += weights.back();
    }
    taps.of.emplace_back();
    for (std::int64_t k = first; k < end; ++k)
      taps.of.back().push_back({k, static_cast<float>(weights[static_cast<std::size_t>(k - first)] / total)});
  }
  return taps;
}

}  // namespace backflow
