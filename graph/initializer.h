// How a parameter's first values are drawn. The drawing itself is in runtime/flow/store.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace backflow {

struct Initializer {
  enum Kind : std::uint8_t { fill, uniform, normal, values };
  Kind kind = fill;
  float a = 0;                                               // fill: the value; uniform: lower bound; normal: mean
  float b = 0;                                               // uniform: upper bound; normal: standard deviation
  std::shared_ptr<const std::vector<float>> data = nullptr;  // values, row-major
};

Initializer zeros();
Initializer filled(float value);
Initializer uniform(float low, float high);
Initializer normal(float mean, float stddev);
/// Given values, row-major; their count must be that of the shape.
Initializer from_values(std::vector<float> values);

/// He et al. 2015 (arXiv:1502.01852): U(−√(6/fan_in), √(6/fan_in)).
Initializer kaiming_uniform(std::int64_t fan_in);
/// He et al. 2015: N(0, 2/fan_in).
Initializer kaiming_normal(std::int64_t fan_in);
/// Glorot and Bengio 2010: U(±√(6/(fan_in + fan_out))).
Initializer xavier_uniform(std::int64_t fan_in, std::int64_t fan_out);
/// Glorot and Bengio 2010: N(0, 2/(fan_in + fan_out)).
Initializer xavier_normal(std::int64_t fan_in, std::int64_t fan_out);
/// PyTorch's default for linear and convolution, weights and bias: U(±1/√fan_in).
Initializer fan_in_uniform(std::int64_t fan_in);

}  // namespace backflow
