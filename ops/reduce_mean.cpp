#include <backflow/ops/reduce_mean.h>

#include <backflow/ops/detail/reduction.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sum_to.h>

namespace backflow {

Value reduce_mean(Value x, const ReduceOptions& options) {
  ReducedShape shape = reduced_shape("reduce_mean", x, options);
  if (shape.result.empty() && !options.keep) shape.result = {1};  // as losses are
  const auto count = static_cast<float>(elements(x.shape()) / elements(shape.kept));
  const Value y = scale(sum_to(x, shape.kept), 1 / count, options.name);
  return y.shape() == shape.result ? y : reshape(y, shape.result);
}

}  // namespace backflow
