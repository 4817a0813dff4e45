// Backpropagation by other rules than the chain rule, such as guided backpropagation, and in other orders of its sums.
#pragma once

#include <functional>
#include <vector>

#include <backflow/graph/gradient.h>

namespace backflow {

/// What becomes of the gradient that `node`'s own rule gives one of its inputs: a value of the same shape.
using GradientRule = std::function<Value(const Node& node, Value gradient)>;

/// What one node gives to the gradient of one of its inputs.
struct GradientAddend {
  std::size_t node;
  Value gradient;
};

/// The sum of all addends, two or more, of a value's gradient.
using GradientSum = std::function<Value(const std::vector<GradientAddend>&)>;

/// gradient() where what each node passes back goes through `rule` first, and where `sum` adds what meets; either may
/// be empty. Throws an Error if a rule changes a shape.
std::vector<Value> gradient(const std::vector<Value>& outputs, const std::vector<Value>& wrt,
                            const std::vector<Value>& grad_outputs, const GradientRule& rule,
                            const GradientSum& sum = {});

}  // namespace backflow
