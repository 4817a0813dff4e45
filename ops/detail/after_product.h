// What is done to the sums of a product before they are stored, the same for kernels of our own and for oneDNN's:
//   y = clamp(sum + bias + residual), and zero where the gate is shut.
// Internal to ops/.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>

namespace backflow {

/// The activation min(max(x, low), high): relu, relu6, … Its gradient passes where the output lies between.
struct Clamp {
  float low = 0, high = std::numeric_limits<float>::infinity();

  bool has_high() const { return high < std::numeric_limits<float>::infinity(); }
  float of(float x) const { return x < low ? low : x > high ? high : x; }
  bool operator==(const Clamp&) const = default;
};

/// Inputs stand behind the product's two, in this order. Residual and gate lie as the result.
struct AfterProduct {
  bool bias = false, residual = false;
  std::optional<Clamp> clamp;
  std::optional<Clamp> gate;  // the input is what this clamp once made: a gradient passes where its gradient does

  std::size_t residual_input() const { return bias ? 3 : 2; }
  std::size_t gate_input() const { return residual_input() + (residual ? 1 : 0); }
  bool reads_beside() const { return residual || gate; }
  bool operator==(const AfterProduct&) const = default;
};

}  // namespace backflow
