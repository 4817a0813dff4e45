#include <backflow/ops/detail/box.h>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace backflow {

Layout unblocked(const Layout& offered, const Spec& spec) {
  return offered.is_any() || offered.is_blocked() ? Layout::preferred(spec) : offered;
}

BoxCopy::BoxCopy(const Shape& shape, const Shape& from, const Shape& to, Type type) {
  std::vector<std::size_t> order(shape.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return to[a] > to[b]; });
  const auto size = static_cast<std::int64_t>(size_of(type));
  axes_.push_back({size, 1, 1});
  for (auto a = order.rbegin(); a != order.rend(); ++a) {
    const Axis axis{shape[*a], from[*a] * size, to[*a] * size};
    Axis& inner = axes_.back();
    if (axis.length == 1) continue;
    if (axes_.size() == 1 && axis.from == inner.length && axis.to == inner.length)
      inner.length *= axis.length;
    else
      axes_.push_back(axis);
  }
  std::reverse(axes_.begin(), axes_.end());
}

void BoxCopy::copy(std::size_t axis, const std::byte* from, std::byte* to) const {
  const Axis& a = axes_[axis];
  if (axis + 1 == axes_.size()) {
    std::memcpy(to, from, static_cast<std::size_t>(a.length));
    return;
  }
  for (std::int64_t i = 0; i < a.length; ++i) copy(axis + 1, from + i * a.from, to + i * a.to);
}

std::ptrdiff_t offset_of(const View& view, const Shape& begin) {
  const Shape s = strides(view.whole.shape, view.layout);
  std::int64_t distance = 0;
  for (std::size_t a = 0; a < begin.size(); ++a) distance += begin[a] * s[a];
  return distance * static_cast<std::int64_t>(size_of(view.whole.type));
}

}  // namespace backflow
