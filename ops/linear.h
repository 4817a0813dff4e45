// y = x Wᵀ + b.   x [N, in], W [out, in], b [out], y [N, out]
#pragma once

#include <string>

#include <backflow/graph/graph.h>

namespace backflow {

struct LinearOptions {
  std::int64_t out = 0;  // width of the result
  bool bias = true;
  std::string name = "linear";
  // Of the parameters; both default to fan_in_uniform(in).
  std::optional<Initializer> weight = std::nullopt, bias_values = std::nullopt;
};

/// Appends a layer with parameters `name`.weight [out, in] and `name`.bias [out]. x is [N, in].
Value linear(Value x, const LinearOptions& options);
/// The same with given values, so that layers can share them; `b` may be empty.
Value linear(Value x, Value w, Value b, const std::string& name = "");

}  // namespace backflow
