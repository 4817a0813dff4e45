#include <backflow/graph/initializer.h>

#include <cmath>

namespace backflow {
namespace {

float root(double x) { return static_cast<float>(std::sqrt(x)); }

}  // namespace

Initializer zeros() { return filled(0); }
Initializer filled(float value) { return {Initializer::fill, value}; }
Initializer uniform(float low, float high) { return {Initializer::uniform, low, high}; }
Initializer normal(float mean, float stddev) { return {Initializer::normal, mean, stddev}; }

Initializer from_values(std::vector<float> values) {
  return {Initializer::values, 0, 0, std::make_shared<const std::vector<float>>(std::move(values))};
}

Initializer kaiming_uniform(std::int64_t fan_in) {
  const float bound = root(6.0 / static_cast<double>(fan_in));
  return uniform(-bound, bound);
}

Initializer kaiming_normal(std::int64_t fan_in) { return normal(0, root(2.0 / static_cast<double>(fan_in))); }

Initializer xavier_uniform(std::int64_t fan_in, std::int64_t fan_out) {
  const float bound = root(6.0 / static_cast<double>(fan_in + fan_out));
  return uniform(-bound, bound);
}

Initializer xavier_normal(std::int64_t fan_in, std::int64_t fan_out) {
  return normal(0, root(2.0 / static_cast<double>(fan_in + fan_out)));
}

Initializer fan_in_uniform(std::int64_t fan_in) {
  const float bound = root(1.0 / static_cast<double>(fan_in));
  return uniform(-bound, bound);
}

}  // namespace backflow
