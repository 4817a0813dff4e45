// Which way to step, from a gradient and running means of it: momentum, Adam, NAdam. The step itself is ascend().
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct AscentDirectionOptions {
  enum class Kind : std::uint8_t { momentum, adam, nadam };
  Kind kind = Kind::adam;
  double beta1 = 0.9, beta2 = 0.999;  // momentum uses beta1 alone
  double epsilon = 1e-8;
};

/// With t = `step` [1], 1 at the first one, and states "<name>.moment1" m and "<name>.moment2" v, zero at first:
///   momentum  m ← β₁m + g                              d = m
///   adam      m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²   d = m̂ / (√v̂ + ε)          (Kingma and Ba 2014)
///   nadam     the same with Nesterov's look ahead,      d = (β₁ m / (1 − β₁ᵗ⁺¹) + (1 − β₁) g / (1 − β₁ᵗ)) / (√v̂ + ε)
///                                                                                      (Dozat 2016)
Value ascent_direction(Value g, Value step, const std::string& name, const AscentDirectionOptions& options = {});

}  // namespace backflow
