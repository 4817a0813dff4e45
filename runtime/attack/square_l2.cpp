#include <backflow/runtime/attack/square_l2.h>

#include <algorithm>
#include <cmath>

namespace backflow::attack {
namespace {

constexpr std::int64_t kParts = 5;  // of the image's side, in the first query
constexpr double kTiny = 1e-12;

void normalize(std::span<float> values) {
  const double norm = norm_of(values);
  for (float& v : values) v = static_cast<float>(v / (norm + kTiny));
}

/// [height, width], ‖·‖₂ = 1: rectangles around the middle, each (2k + 1) wide, added up with weights 1 / (k + 1)².
std::vector<float> rectangles(std::int64_t height, std::int64_t width) {
  std::vector<float> values(static_cast<std::size_t>(height * width));
  std::int64_t top = height / 2, left = width / 2;
  for (std::int64_t k = 0; k < std::max(height, width) / 2 + 1; ++k, --top, --left) {
    const auto weight = static_cast<float>(1.0 / static_cast<double>((k + 1) * (k + 1)));
    for (std::int64_t y = std::max<std::int64_t>(top, 0); y < std::min(top + 2 * k + 1, height); ++y)
      for (std::int64_t x = std::max<std::int64_t>(left, 0); x < std::min(left + 2 * k + 1, width); ++x)
        values[static_cast<std::size_t>(y * width + x)] += weight;
  }
  normalize(values);
  return values;
}

/// A square of a picture, channel by channel.
struct Window {
  const Plane& plane;
  std::int64_t side, top, left;

  template <class Body>  // body(index in the picture, index in the square)
  void each(std::int64_t channel, const Body& body) const {
    for (std::int64_t y = 0; y < side; ++y)
      for (std::int64_t x = 0; x < side; ++x)
        body(static_cast<std::size_t>((channel * plane.height + top + y) * plane.width + left + x),
             static_cast<std::size_t>(y * side + x));
  }
  bool has(std::int64_t y, std::int64_t x) const { return y >= top && y < top + side && x >= left && x < left + side; }
};

double squares_in(std::span<const float> d, const Window& a, const Window& b, std::int64_t channel) {
  double sum = 0;
  const Plane& p = a.plane;
  for (std::int64_t y = 0; y < p.height; ++y)
    for (std::int64_t x = 0; x < p.width; ++x) {
      const double v = d[static_cast<std::size_t>((channel * p.height + y) * p.width + x)];
      if (a.has(y, x) || b.has(y, x)) sum += v * v;
    }
  return sum;
}

/// original + ε d / ‖d‖, cut to 0 … 1 and to the ball.
void write_bumps(std::span<float> picture, std::span<const float> original, std::span<float> d, float epsilon) {
  normalize(d);
  for (std::size_t i = 0; i < d.size(); ++i) picture[i] = original[i] + epsilon * d[i];
  project(picture, original, {Norm::l2, epsilon});
}

}  // namespace

std::vector<float> bump(std::int64_t side, bool turned) {
  const std::vector<float> above = rectangles(side / 2, side), below = rectangles(side - side / 2, side);
  std::vector<float> values(above);
  for (const float v : below) values.push_back(-v);
  normalize(values);
  if (!turned) return values;
  std::vector<float> result(values.size());
  for (std::int64_t y = 0; y < side; ++y)
    for (std::int64_t x = 0; x < side; ++x)
      result[static_cast<std::size_t>(x * side + y)] = values[static_cast<std::size_t>(y * side + x)];
  return result;
}

void first_bumps(std::span<float> picture, std::span<const float> original, const Plane& plane, float epsilon,
                 const Draws& draws) {
  const std::int64_t least = std::min(plane.height, plane.width);
  const std::int64_t side = std::max<std::int64_t>(1, least / kParts);
  const auto middle = [&](std::int64_t length) { return (length - length / side * side) / 2; };
  std::vector<float> d(picture.size());
  std::uint64_t word = 0;
  for (std::int64_t top = middle(plane.height); top + side <= plane.height; top += side)
    for (std::int64_t left = middle(plane.width); left + side <= plane.width; left += side) {
      const std::vector<float> shape = bump(side, draws.uniform(0, word++) > 0.5F);
      for (std::int64_t c = 0; c < plane.channels; ++c) {
        const float sign = draws.sign(0, word++);
        Window{plane, side, top, left}.each(c, [&](std::size_t i, std::size_t k) { d[i] += sign * shape[k]; });
      }
    }
  write_bumps(picture, original, d, epsilon);
}

void move_bump(std::span<float> picture, std::span<const float> original, const Plane& plane, std::int64_t side,
               float epsilon, const Draws& draws, std::int64_t query) {
  const std::int64_t rows = plane.height - side + 1, columns = plane.width - side + 1;
  const Window to{plane, side, draws.below(query, 0, rows), draws.below(query, 1, columns)};
  const Window from{plane, side, draws.below(query, 2, rows), draws.below(query, 3, columns)};
  const std::vector<float> shape = bump(side, draws.uniform(query, 4) > 0.5F);
  std::vector<float> d(picture.size());
  for (std::size_t i = 0; i < d.size(); ++i) d[i] = picture[i] - original[i];
  const double norm = norm_of(d);
  const double spare = std::max(0.0, static_cast<double>(epsilon) * epsilon - norm * norm);
  for (std::int64_t c = 0; c < plane.channels; ++c) {
    const double budget = std::sqrt(spare / static_cast<double>(plane.channels) + squares_in(d, to, from, c));
    const float sign = draws.sign(query, 5 + static_cast<std::uint64_t>(c));
    std::vector<float> added(shape.size());
    to.each(c, [&](std::size_t i, std::size_t k) { added[k] = d[i]; });
    const double before = norm_of(added);
    for (std::size_t k = 0; k < added.size(); ++k)
      added[k] = static_cast<float>(sign * shape[k] + added[k] / (kTiny + before));
    const double size = norm_of(added);
    from.each(c, [&](std::size_t i, std::size_t) { d[i] = 0; });
    to.each(c, [&](std::size_t i, std::size_t k) { d[i] = static_cast<float>(added[k] / (kTiny + size) * budget); });
  }
  write_bumps(picture, original, d, epsilon);
}

}  // namespace backflow::attack
