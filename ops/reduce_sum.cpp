#include <backflow/ops/reduce_sum.h>

#include <backflow/ops/detail/reduction.h>
#include <backflow/ops/sum_to.h>

namespace backflow {

Value reduce_sum(Value x, const ReduceOptions& options) {
  return reduced("reduce_sum", x, options, [&](const Shape& kept) { return sum_to(x, kept, options.name); });
}

}  // namespace backflow
