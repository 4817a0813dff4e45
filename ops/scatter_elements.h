// y = x with some elements replaced, or combined with others, at places that an index value names when it runs: the
// reverse of gather_elements (PyTorch's scatter and scatter_reduce).
#pragma once

#include <array>

#include <backflow/graph/enum_names.h>
#include <backflow/graph/graph.h>

namespace backflow {

/// What becomes of an element and its updates: the last update, or the sum, product, largest or smallest of all.
enum class ScatterReduction : std::uint8_t { none, add, multiply, maximum, minimum };

struct ScatterElementsOptions {
  std::int64_t axis = 0;  // negative ones count from the last
  ScatterReduction reduction = ScatterReduction::none;
  std::string name = "";
};

/// y = x, but y[index[i, j, k], j, k] = updates[i, j, k] for axis 0 of three, and so on, in row-major order: of several
/// updates of one place the last counts. With a reduction y is what it makes of x and all updates. x and `updates` are
/// f32; `index` is as in gather_elements and has the shape of `updates`. Where updates replace, one that is replaced by
/// another has the other's gradient; equal largest or smallest ones share it.
Value scatter_elements(Value x, Value index, Value updates, const ScatterElementsOptions& options = {});

}  // namespace backflow

template <>
inline constexpr std::array<const char*, 5> backflow::kEnumNames<backflow::ScatterReduction>{"none", "add", "mul",
                                                                                             "max", "min"};
