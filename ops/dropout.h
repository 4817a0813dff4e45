// y = x · mask / (1 − p): each element is dropped with probability p while training.
// Srivastava et al. 2014 (JMLR 15), in the form that leaves evaluation untouched.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct DropoutOptions {
  float p = 0.5F;  // in [0, 1)
  /// False: the result is x itself. Open: as the graph's mode says; true where it says nothing.
  std::optional<bool> training = {};
  std::uint64_t seed = 1;
  std::string name = "dropout";  // with the seed it keys the random numbers
};

/// x has any shape, f32. `step` [1] s32 is the number of the step: another step has another mask. The mask of an
/// element depends on seed, name, step and its place in memory alone.
Value dropout(Value x, Value step, const DropoutOptions& options = {});

/// y = x as a node of its own, which says where training drops how much: for descriptions of networks.
Value dropout_mark(Value x, float p, const std::string& name = "");

}  // namespace backflow
