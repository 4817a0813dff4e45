// How well the directions of two samples agree, whatever their lengths.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y[n] = ⟨a[n], b[n]⟩ / (‖a[n]‖ ‖b[n]‖ + 1e-12). a and b have one shape [N, …]; y is [N].
Value cosine(Value a, Value b, const std::string& name = "");

}  // namespace backflow
