// Backpropagation by other rules than the chain rule, such as guided backpropagation.
#pragma once

#include <functional>
#include <vector>

#include <backflow/graph/gradient.h>

namespace backflow {

/// What becomes of the gradient that `node`'s own rule gives one of its inputs: a value of the same shape.
using GradientRule = std::function<Value(const Node& node, Value gradient)>;

/// gradient() where what each node passes back goes through `rule` first. Throws an Error if it changes a shape.
std::vector<Value> gradient(const std::vector<Value>& outputs, const std::vector<Value>& wrt,
                            const std::vector<Value>& grad_outputs, const GradientRule& rule);

}  // namespace backflow
