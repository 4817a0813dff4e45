// The balls that adversarial inputs lie in: what is within ε of a centre, each sample alone, with values in a range.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <backflow/graph/enum_names.h>

namespace backflow {

/// Of the difference d between a sample and its centre.
enum class Norm : std::uint8_t {
  linf,  // max |d|: no value moves by more than ε
  l2     // √Σ d²
};

/// Centres lie in low … high.
struct BallOptions {
  Norm norm = Norm::linf;
  float low = 0, high = 1;
  std::string name = "";
};

}  // namespace backflow

template <>
inline constexpr std::array<const char*, 2> backflow::kEnumNames<backflow::Norm>{"linf", "l2"};
