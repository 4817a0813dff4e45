#include <backflow/ops/detail/extreme_gradient.h>

#include <backflow/ops/compare.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/sum_to.h>

namespace backflow {

void share_among_extremes(Backward& b) {
  const Value y = b.output(0), is_extreme = equal(b.input(0), y);
  b.set(0, multiply(is_extreme, divide(b.grad_output(), sum_to(is_extreme, y.shape()))));
}

}  // namespace backflow
