#include <backflow/runtime/explain/planes.h>

#include <algorithm>
#include <cmath>

namespace backflow::explain {
namespace {

/// The pixel that stands `i` from the start of a line that is mirrored at both ends.
std::int64_t mirrored(std::int64_t i, std::int64_t length) {
  const std::int64_t period = 2 * length, at = ((i % period) + period) % period;
  return at < length ? at : period - 1 - at;
}

std::vector<double> gaussian(double sigma) {
  const auto radius = static_cast<std::int64_t>(std::ceil(3 * sigma));
  std::vector<double> weights;
  double sum = 0;
  for (std::int64_t i = -radius; i <= radius; ++i) {
    weights.push_back(std::exp(-0.5 * static_cast<double>(i * i) / (sigma * sigma)));
    sum += weights.back();
  }
  for (double& w : weights) w /= sum;
  return weights;
}

/// Along each line of the plane; the result is transposed, so that two calls do both axes.
Plane blurred_lines(const Plane& p, const std::vector<double>& weights) {
  const auto radius = static_cast<std::int64_t>(weights.size() / 2);
  Plane out{p.width, p.height, std::vector<float>(p.values.size())};
  std::vector<double> line(static_cast<std::size_t>(p.width + 2 * radius));
  for (std::int64_t y = 0; y < p.height; ++y) {
    const float* row = p.values.data() + y * p.width;
    for (std::int64_t x = 0; x < p.width + 2 * radius; ++x)
      line[static_cast<std::size_t>(x)] = row[mirrored(x - radius, p.width)];
    for (std::int64_t x = 0; x < p.width; ++x) {
      double sum = 0;
      for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * line[static_cast<std::size_t>(x) + k];
      out.values[static_cast<std::size_t>(x * p.height + y)] = static_cast<float>(sum);
    }
  }
  return out;
}

struct Between {
  std::int64_t low = 0, high = 0;
  float share = 0;  // of high
};

std::vector<Between> places(std::int64_t from, std::int64_t to) {
  std::vector<Between> result;
  for (std::int64_t i = 0; i < to; ++i) {
    const double at =
        std::max(0.0, (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5);
    const auto low = std::min(static_cast<std::int64_t>(at), from - 1);
    result.push_back({low, std::min(low + 1, from - 1), static_cast<float>(at - static_cast<double>(low))});
  }
  return result;
}

}  // namespace

Plane blurred(const Plane& plane, double sigma) {
  if (sigma <= 0) return plane;
  const std::vector<double> weights = gaussian(sigma);
  return blurred_lines(blurred_lines(plane, weights), weights);
}

Plane resized(const Plane& p, std::int64_t height, std::int64_t width) {
  Plane out{height, width, {}};
  out.values.reserve(static_cast<std::size_t>(height * width));
  const auto rows = places(p.height, height), columns = places(p.width, width);
  for (const Between& r : rows) {
    const float *above = p.values.data() + r.low * p.width, *below = p.values.data() + r.high * p.width;
    for (const Between& c : columns) {
      const float top = above[c.low] + c.share * (above[c.high] - above[c.low]);
      const float bottom = below[c.low] + c.share * (below[c.high] - below[c.low]);
      out.values.push_back(top + r.share * (bottom - top));
    }
  }
  return out;
}

}  // namespace backflow::explain
