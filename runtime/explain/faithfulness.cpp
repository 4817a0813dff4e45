#include <backflow/runtime/explain/faithfulness.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>

namespace backflow::explain {
namespace {

/// 0 for the smallest absolute value; equal ones share the mean of their ranks.
std::vector<double> ranks(const std::vector<float>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto size = [&](std::size_t i) { return std::abs(values[i]); };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return size(a) < size(b); });
  std::vector<double> result(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && size(order[end]) == size(order[begin])) ++end;
    const double mean = (static_cast<double>(begin) + static_cast<double>(end - 1)) / 2;
    for (std::size_t i = begin; i < end; ++i) result[order[i]] = mean;
  }
  return result;
}

}  // namespace

std::vector<float> random_map(std::int64_t height, std::int64_t width, std::uint64_t seed, std::uint32_t number) {
  std::vector<float> map(static_cast<std::size_t>(height * width));
  for (std::size_t i = 0; i < map.size(); ++i)
    map[i] = unit_uniform(random_words(seed, stream_of("random_map"), number, i / 4)[i % 4]);
  return map;
}

double rank_correlation(const std::vector<float>& a, const std::vector<float>& b) {
  require(a.size() == b.size(), "[explain] maps of ", a.size(), " and ", b.size(), " pixels cannot be compared");
  const auto x = ranks(a), y = ranks(b);
  const double mean = (static_cast<double>(a.size()) - 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

}  // namespace backflow::explain
