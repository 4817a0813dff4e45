#include <backflow/ops/resize2d.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/resample.h>

namespace backflow {
namespace {

Taps nearest(std::int64_t from, std::int64_t to) {
  Taps taps{from, {}};
  for (std::int64_t i = 0; i < to; ++i) taps.of.push_back({{i * from / to, 1.0F}});
  return taps;
}

Taps bilinear(std::int64_t from, std::int64_t to) {
  Taps taps{from, {}};
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  for (std::int64_t i = 0; i < to; ++i) {
    const double x = std::max(0.0, (static_cast<double>(i) + 0.5) * scale - 0.5);
    const auto left = std::min(static_cast<std::int64_t>(x), from - 1), right = std::min(left + 1, from - 1);
    const auto weight = static_cast<float>(x - static_cast<double>(left));
    if (left == right)
      taps.of.push_back({{left, 1.0F}});
    else
      taps.of.push_back({{left, 1 - weight}, {right, weight}});
  }
  return taps;
}

Taps taps_of(Resize mode, std::int64_t from, std::int64_t to) {
  switch (mode) {
    case Resize::nearest:
      return nearest(from, to);
    case Resize::bilinear:
      return bilinear(from, to);
    case Resize::smooth:
      return smooth_taps(from, to);
  }
  fail("[resize2d] unknown mode");
}

}  // namespace

Value resize2d(Value x, const Resize2dOptions& o) {
  const Shape& s = x.shape();
  require(s.size() == 4, "[resize2d] input needs shape [N, C, H, W], got ", to_string(s));
  require(o.height > 0 && o.width > 0, "[resize2d] needs height and width ≥ 1, got ", o.height, " and ", o.width);
  return resample("resize2d", x, taps_of(o.mode, s[2], o.height), taps_of(o.mode, s[3], o.width), o.name);
}

}  // namespace backflow
