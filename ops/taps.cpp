#include <backflow/ops/taps.h>

#include <algorithm>
#include <cmath>
#include <map>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

/// Where elements of the new line lie on the old one.
struct LineMap {
  const InterpolationOptions& o;
  double from, to;  // lengths; `to` as the scale has it, which need be no whole number
  double scale;

  LineMap(std::int64_t length, const InterpolationOptions& options) : o(options), from(static_cast<double>(length)) {
    to = o.scale > 0 ? o.scale * from : static_cast<double>(o.length);
    scale = to / from;
  }

  double of(std::int64_t element, std::int64_t count) const {
    const auto i = static_cast<double>(element);
    switch (o.coordinates) {
      case Coordinates::half_pixel:
        return (i + 0.5) * from / to - 0.5;
      case Coordinates::half_pixel_symmetric:
        return from / 2 * (1 - static_cast<double>(count) / to) + (i + 0.5) * from / to - 0.5;
      case Coordinates::pytorch_half_pixel:
        return count == 1 ? 0 : (i + 0.5) * from / to - 0.5;
      case Coordinates::align_corners:
        return to == 1 ? 0 : i * (from - 1) / (to - 1);
      case Coordinates::asymmetric:
        return i * from / to;
      case Coordinates::tf_half_pixel_for_nn:
        return (i + 0.5) * from / to;
      case Coordinates::tf_crop_and_resize:
        return (from - 1) * (o.roi_begin + (o.roi_end - o.roi_begin) * (to == 1 ? 0.5 : i / (to - 1)));
    }
    fail("[interpolation_taps] unknown coordinates");
  }
};

/// The weight of an element at this distance, as Keys 1981 has it for cubic.
double interpolation_weight(double distance, const InterpolationOptions& o) {
  const double d = std::abs(distance), a = o.cubic_coeff_a;
  if (o.mode == Interpolation::linear) return std::max(0.0, 1 - d);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/// `ratio` is the distance of the lower neighbour, above 0.
bool rounds_up(double ratio, Rounding rounding) {
  if (ratio == 1) return true;
  switch (rounding) {
    case Rounding::round_prefer_floor:
      return ratio > 0.5;
    case Rounding::round_prefer_ceil:
      return ratio >= 0.5;
    case Rounding::floor:
      return false;
    case Rounding::ceil:
      return true;
  }
  fail("[interpolation_taps] unknown rounding");
}

/// The weights of old elements for a new one at x, by index; some may lie outside.
std::map<std::int64_t, double> neighbours(double x, double scale, const InterpolationOptions& o) {
  const auto lower = static_cast<std::int64_t>(std::ceil(x)) - 1;
  const double ratio = x - static_cast<double>(lower);
  if (o.mode == Interpolation::nearest) return {{lower + (rounds_up(ratio, o.rounding) ? 1 : 0), 1.0}};
  const double shrink = o.antialias ? std::min(scale, 1.0) : 1, support = o.mode == Interpolation::linear ? 1 : 2;
  const auto first = static_cast<std::int64_t>(std::floor(-support / shrink)) + 1;
  std::map<std::int64_t, double> result;
  for (std::int64_t k = first; k < 2 - first; ++k)
    result[lower + k] = interpolation_weight(shrink * (static_cast<double>(k) - ratio), o);
  return result;
}

}  // namespace

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

Taps interpolation_taps(std::int64_t from, const InterpolationOptions& o) {
  constexpr double kMost = 1e12;
  require(from > 0 && (o.length > 0 || o.scale > 0) && std::isfinite(o.roi_begin) && std::isfinite(o.roi_end),
          "[interpolation_taps] needs a line, a new length or a scale, and a finite region");
  const LineMap map(from, o);
  require(map.to < kMost, "[interpolation_taps] a line of ", map.to, " elements is too long");
  const auto count = o.length > 0 ? o.length : static_cast<std::int64_t>(map.to);
  require(count > 0, "[interpolation_taps] a line of ", from, " elements times ", o.scale, " has none");
  require(std::abs(map.to - static_cast<double>(count)) < 1, "[interpolation_taps] a line of ", from,
          " elements times ", o.scale, " has no ", count, " elements");
  Taps taps{from, {}};
  for (std::int64_t i = 0; i < count; ++i) {
    taps.of.emplace_back();
    const double x = map.of(i, count);
    if (o.coordinates == Coordinates::tf_crop_and_resize && (x < 0 || x > map.from - 1)) continue;
    std::map<std::int64_t, double> weights;
    double total = 0;
    for (const auto& [k, weight] : neighbours(x, map.scale, o)) {
      if (o.exclude_outside && (k < 0 || k >= from)) continue;
      weights[std::clamp<std::int64_t>(k, 0, from - 1)] += weight;
      total += weight;
    }
    const bool normalize = o.exclude_outside || o.antialias;
    for (const auto& [k, weight] : weights)
      if (weight != 0) taps.of.back().push_back({k, static_cast<float>(normalize ? weight / total : weight)});
  }
  return taps;
}

}  // namespace backflow
