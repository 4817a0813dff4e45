#include <backflow/ops/layer_norm.h>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/standardize.h>

namespace backflow {

Value layer_norm(Value x, Value weight, Value bias, const LayerNormOptions& o) {
  const int axis = axis_of("layer_norm", x, o.axis);
  const Shape last(x.shape().begin() + axis, x.shape().end());
  for (const Value& v : {weight, bias})
    require(!v || v.shape().size() <= last.size(), "[layer_norm] weight and bias need a shape like ", to_string(last),
            ", got ", v ? to_string(v.shape()) : "");
  const std::int64_t length = elements(last);
  Value y = standardize(reshape(x, {elements(x.shape()) / length, length}), o.epsilon, o.name);
  y = reshape(y, x.shape());
  if (x.spec().image) x.graph->mark_image(y);
  if (weight) y = multiply(y, weight);
  return bias ? add(y, bias) : y;
}

}  // namespace backflow
