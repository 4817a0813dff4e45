// Into how many tiles the compiler cuts what a proof runs.
#pragma once

#include <algorithm>

#include <backflow/runtime/compile/plan.h>
#include "tests/support/proof.h"

namespace backflow::proof {

/// Of the node that has most of them.
inline std::size_t tiles_of(const std::vector<Input>& inputs, const Builder& build) {
  Graph g;
  std::vector<Value> in;
  for (const Input& i : inputs) in.push_back(g.input(str_cat("x", in.size()), {i.shape, i.type}));
  g.output("y", build(g, in));
  std::size_t most = 0;
  for (const PlanNode& n : compile(g, {}).nodes) most = std::max(most, n.tiles);
  return most;
}

}  // namespace backflow::proof
