#include <backflow/graph/error.h>
#include <backflow/graph/sum.h>
#include <backflow/ops/adaptive_average_pool2d.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/pad.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/sum_to.h>
#include <backflow/ops/transpose.h>
#include <backflow/runtime/models/described_ops.h>

namespace backflow::models {
namespace {

template <Value (*f)(Value, const Shape&, const std::string&)>
DescribedOp shaped() {
  return {1, 1, [](const DescribedCall& c) { return f(c.in[0], c.shape(), c.name); }, true};
}

/// One number for each axis of the first input.
Shape for_each_axis(const DescribedCall& c, const char* key) { return c.integers(key, c.in[0].shape().size(), 0); }

Value described_adaptive_average_pool2d(const DescribedCall& c) {
  const Shape y = c.shape();
  require(y.size() == 4, "[adaptive_average_pool2d] the result needs 4 axes, got ", to_string(y));
  return adaptive_average_pool2d(c.in[0], {.height = y[2], .width = y[3], .name = c.name});
}

}  // namespace

std::map<std::string, DescribedOp> described_moves() {
  using Call = const DescribedCall&;
  return {
      {"adaptive_average_pool2d", {1, 1, described_adaptive_average_pool2d, true}},
      {"broadcast_to", shaped<broadcast_to>()},
      {"concat",
       {1, kManyDescribedInputs, [](Call c) { return concat(c.in, {.axis = c.integer("axis", 1), .name = c.name}); }}},
      {"pad",
       {1, 1,
        [](Call c) {
          return pad(c.in[0], {for_each_axis(c, "before"), for_each_axis(c, "after"), c.number("value"), c.name});
        }}},
      {"reshape", shaped<reshape>()},
      {"slice", {1, 1, [](Call c) { return slice(c.in[0], for_each_axis(c, "begin"), c.shape(), c.name); }, true}},
      {"sum", {1, kManyDescribedInputs, [](Call c) { return sum(c.in, c.name); }}},
      {"sum_to", shaped<sum_to>()},
      {"transpose",
       {1, 1, [](Call c) { return transpose(c.in[0], {.order = for_each_axis(c, "order"), .name = c.name}); }}},
  };
}

}  // namespace backflow::models
