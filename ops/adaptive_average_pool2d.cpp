#include <backflow/ops/adaptive_average_pool2d.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/resample.h>

namespace backflow {
namespace {

Taps windows(std::int64_t from, std::int64_t to) {
  Taps taps{from, {}};
  for (std::int64_t i = 0; i < to; ++i) {
    const std::int64_t begin = i * from / to, end = ((i + 1) * from + to - 1) / to;
    taps.of.emplace_back();
    for (std::int64_t k = begin; k < end; ++k) taps.of.back().push_back({k, 1 / static_cast<float>(end - begin)});
  }
  return taps;
}

}  // namespace

Value adaptive_average_pool2d(Value x, const AdaptiveAveragePool2dOptions& o) {
  const Shape& s = x.shape();
  require(s.size() == 4, "[adaptive_average_pool2d] input needs shape [N, C, H, W], got ", to_string(s));
  require(o.height > 0 && o.width > 0, "[adaptive_average_pool2d] needs height and width ≥ 1, got ", o.height, " and ",
          o.width);
  if (s[2] == o.height && s[3] == o.width) return x;
  return resample("adaptive_average_pool2d", x, windows(s[2], o.height), windows(s[3], o.width), o.name);
}

}  // namespace backflow
