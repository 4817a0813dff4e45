// The same elements, in row-major order, under another shape.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// As many elements as x; the order is that of [N, C, H, W] whatever the order in memory.
Value reshape(Value x, const Shape& shape, const std::string& name = "");
/// [N, …] → [N, product of the rest].
Value flatten(Value x, const std::string& name = "");

/// Whether `op` is a reshape or a transpose that changes nothing in memory, given how its input and its output lie.
bool is_view(const Op& op, const Spec& in, const Layout& in_layout, const Spec& out, const Layout& out_layout);

}  // namespace backflow
