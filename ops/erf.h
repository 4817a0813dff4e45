// y = 2/√π ∫₀ˣ exp(−t²) dt, the error function, elementwise; the gradient is 2/√π exp(−x²).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value erf(Value x, const std::string& name = "");

}  // namespace backflow
