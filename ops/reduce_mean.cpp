#include <backflow/ops/reduce_mean.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sum_to.h>

namespace backflow {

Value reduce_mean(Value x, const ReduceMeanOptions& o) {
  Shape kept = x.shape();
  for (std::int64_t a : o.axes) {
    require(a >= 0 && a < static_cast<std::int64_t>(kept.size()), "[reduce_mean] input has shape ",
            to_string(x.shape()), ", there is no axis ", a);
    kept[static_cast<std::size_t>(a)] = 1;
  }
  const auto count = static_cast<float>(elements(x.shape()) / elements(kept));
  const Value mean = scale(sum_to(x, kept), 1 / count, o.name);
  if (o.keep) return mean;
  Shape shape;
  for (std::size_t a = 0; a < kept.size(); ++a)
    if (std::find(o.axes.begin(), o.axes.end(), static_cast<std::int64_t>(a)) == o.axes.end()) shape.push_back(kept[a]);
  return reshape(mean, shape.empty() ? Shape{1} : shape);
}

}  // namespace backflow
