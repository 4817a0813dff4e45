#include <backflow/ops/detail/reduction.h>

namespace backflow {

ReducedShape reduced_shape(const std::string& op, Value x, const ReduceOptions& options) {
  const auto rank = static_cast<std::int64_t>(x.shape().size());
  ReducedShape s{x.shape(), {}};
  std::vector<bool> goes(x.shape().size());
  for (const std::int64_t a : options.axes) {
    require(a >= -rank && a < rank, "[", op, "] input has shape ", to_string(x.shape()), ", there is no axis ", a);
    const auto axis = static_cast<std::size_t>(a < 0 ? a + rank : a);
    s.kept[axis] = 1;
    goes[axis] = !options.keep;
  }
  for (std::size_t a = 0; a < s.kept.size(); ++a)
    if (!goes[a]) s.result.push_back(s.kept[a]);
  return s;
}

Tiling reduction_tiling(const Signature& whole, double nanoseconds_per_element) {
  const Shape &x = whole.in[0].shape, &y = whole.out[0].shape;
  Tiling t;
  t.nanoseconds = nanoseconds_per_element * static_cast<double>(elements(x));
  const auto stays = std::find_if(y.begin(), y.end(), [](std::int64_t length) { return length > 1; });
  if (stays == y.end()) return t;
  t.extent = *stays;
  const Access along = Access::along(static_cast<int>(stays - y.begin()));
  t.in.assign(whole.in.size(), along);
  t.out = {along};
  return t;
}

}  // namespace backflow
