// What is done to the sums of a product before they are stored, the same for kernels of our own and for oneDNN's:
//   y = clamp(sum + bias + residual), and zero where the gate is shut.
// Internal to ops/.
#pragma once

#include <cstddef>
#include <optional>

#include <backflow/graph/op_traits.h>

namespace backflow {

/// Inputs stand behind the product's two, in this order. Residual and gate lie as the result.
struct Epilogue {
  bool bias = false, residual = false;
  std::optional<Clamp> clamp;
  std::optional<Clamp> mask;  // the input is what this clamp once made: a gradient passes where its gradient does

  std::size_t residual_input() const { return bias ? 3 : 2; }
  std::size_t mask_input() const { return residual_input() + (residual ? 1 : 0); }
  bool reads_beside() const { return residual || mask; }
  bool operator==(const Epilogue&) const = default;
};

}  // namespace backflow
