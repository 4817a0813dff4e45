// y = A x along one axis, A a sparse matrix that is known when the graph is built: interpolation along any axis.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/taps.h>

namespace backflow {

struct ResampleOptions {
  std::int64_t axis = 0;  // negative ones count from the last
  Taps taps = {};         // its rows; taps.h makes those of common interpolations
  float fill = 0;         // what an element without taps is
  std::string name = "";
};

/// y[…, i, …] = Σ_t weight_t · x[…, from_t, …] over the taps t of element i, in their order. x f32 of at least one
/// axis, of length taps.length along `axis`; there y has one element for each of taps.of. The gradient is the same with
/// the transposed matrix.
Value resample(Value x, const ResampleOptions& options);

}  // namespace backflow
