#include <backflow/runtime/attack/ball.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/random.h>

namespace backflow::attack {
namespace {

constexpr float kFar = 2;  // no two pictures are farther apart in a pixel

/// The float nearest to x + by, but not farther from x than `by` says.
float moved(float x, float by) {
  const float y = x + by;
  const bool beyond = std::abs(static_cast<double>(y) - x) > std::abs(static_cast<double>(by));
  return beyond ? std::nextafter(y, x) : y;
}

void project_linf(std::span<float> picture, std::span<const float> original, float epsilon) {
  const float e = std::min(epsilon, kFar);
  for (std::size_t i = 0; i < picture.size(); ++i) {
    const float low = std::max(0.0F, moved(original[i], -e)), high = std::min(1.0F, moved(original[i], e));
    picture[i] = std::clamp(picture[i], low, high);
  }
}

void project_l2(std::span<float> picture, std::span<const float> original, double epsilon) {
  const double norm = distance_between(picture, original, Norm::l2);
  const auto cut = [&](double scale) {
    for (std::size_t i = 0; i < picture.size(); ++i) {
      const double d = static_cast<double>(picture[i]) - original[i];
      picture[i] = std::clamp(static_cast<float>(original[i] + scale * d), 0.0F, 1.0F);
    }
  };
  cut(norm > epsilon ? epsilon / norm : 1.0);
  // What rounding to float left outside.
  for (double less = 1e-7; distance_between(picture, original, Norm::l2) > epsilon; less *= 2) cut(1 - less);
}

}  // namespace

double norm_of(std::span<const float> values) {
  double sum = 0;
  for (const float v : values) sum += static_cast<double>(v) * v;
  return std::sqrt(sum);
}

double distance_between(std::span<const float> a, std::span<const float> b, Norm norm) {
  double largest = 0, sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = static_cast<double>(a[i]) - b[i];
    largest = std::max(largest, std::abs(d));
    sum += d * d;
  }
  return norm == Norm::linf ? largest : std::sqrt(sum);
}

void project(std::span<float> picture, std::span<const float> original, const Threat& threat) {
  if (threat.norm == Norm::linf)
    project_linf(picture, original, threat.epsilon);
  else
    project_l2(picture, original, threat.epsilon);
}

void step_along(std::span<float> picture, std::span<const float> gradient, float length, Norm norm) {
  if (norm == Norm::linf) {
    for (std::size_t i = 0; i < picture.size(); ++i)
      picture[i] += gradient[i] > 0 ? length : gradient[i] < 0 ? -length : 0;
    return;
  }
  const double size = norm_of(gradient);
  if (size == 0) return;
  const auto scale = static_cast<float>(length / size);
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] += scale * gradient[i];
}

std::uint32_t Draws::word(std::int64_t step, std::uint64_t i) const {
  return random_words(seed, stream, static_cast<std::uint32_t>(step), std::uint64_t{sample} << 32 | i / 4)[i % 4];
}

float Draws::uniform(std::int64_t step, std::uint64_t i) const { return unit_uniform(word(step, i)); }

std::int64_t Draws::below(std::int64_t step, std::uint64_t i, std::int64_t count) const {
  return static_cast<std::int64_t>(std::uint64_t{word(step, i)} * static_cast<std::uint64_t>(count) >> 32);
}

void random_start(std::span<float> picture, std::span<const float> original, const Threat& threat, const Draws& draws) {
  if (threat.norm == Norm::linf) {
    const float e = std::min(threat.epsilon, kFar);
    for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = original[i] + e * (2 * draws.uniform(0, i) - 1);
  } else {
    std::vector<float> direction(picture.size() + 1);
    for (std::size_t i = 0; i < picture.size(); i += 2) {
      const auto pair = unit_normals(draws.word(0, i), draws.word(0, i + 1));
      direction[i] = pair[0];
      direction[i + 1] = pair[1];
    }
    direction.resize(picture.size());
    // The volume of a ball grows as its radius to the power of its dimensions.
    const double radius = std::pow(draws.uniform(1, 0), 1 / static_cast<double>(picture.size()));
    const double reach = std::min<double>(threat.epsilon, kFar * std::sqrt(static_cast<double>(picture.size())));
    std::copy(original.begin(), original.end(), picture.begin());
    step_along(picture, direction, static_cast<float>(reach * radius), Norm::l2);
  }
  project(picture, original, threat);
}

}  // namespace backflow::attack
