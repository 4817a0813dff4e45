#include <backflow/ops/detail/broadcast.h>

#include <algorithm>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

/// Distance between neighbours of `v` along axis `axis` of a shape with `axes` axes; 0 where `v` is repeated.
std::int64_t step(const View& v, std::size_t axes, std::size_t axis) {
  const std::size_t missing = axes - std::min(axes, v.shape.size());
  if (elements(v.shape) == 1 || axis < missing || v.shape[axis - missing] == 1) return 0;
  return strides(v.whole.shape, v.layout)[axis - missing];
}

/// True if the outer loop only goes on where the inner one ended.
bool continues(const Loop& outer, const Loop& inner) {
  for (std::size_t k = 0; k < outer.step.size(); ++k)
    if (outer.step[k] != inner.step[k] * inner.length) return false;
  return true;
}

}  // namespace

Shape broadcast_shape(const std::string& op, const Spec& a, const Spec& b) {
  require(a.type == Type::f32 && b.type == Type::f32, "[", op, "] needs f32 values, got ", to_string(a), " and ",
          to_string(b));
  const std::size_t axes = std::max(a.shape.size(), b.shape.size());
  auto length = [&](const Shape& s, std::size_t axis) {
    const std::size_t missing = axes - s.size();
    return axis < missing ? 1 : s[axis - missing];
  };
  Shape result(axes);
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t m = length(a.shape, i), n = length(b.shape, i);
    require(m == n || m == 1 || n == 1, "[", op, "] shapes ", to_string(a.shape), " and ", to_string(b.shape),
            " do not fit: aligned at the last axis, lengths must be equal or 1");
    result[i] = std::max(m, n);
  }
  return result;
}

Tiling broadcast_tiling(const Signature& whole) {
  const Shape& y = whole.out[0].shape;
  const auto simple = [&](const Spec& s) { return s.shape == y || elements(s.shape) == 1; };
  Tiling t = flat_tiling(whole);
  if (std::all_of(whole.in.begin(), whole.in.end(), simple)) return t;
  t.flat = false;
  t.extent = y[0];
  for (std::size_t i = 0; i < whole.in.size(); ++i) {
    const Shape& x = whole.in[i].shape;
    t.in[i] = x.size() == y.size() && x[0] == y[0] ? Access::along(0) : Access{};
  }
  return t;
}

Layout strided(const Layout& offered) { return offered.is_any() || offered.is_blocked() ? Layout() : offered; }

Layouts broadcast_layouts(const Signature& tile, std::span<const Layout> offered) {
  const Shape& y = tile.out[0].shape;
  Layouts result{{}, {Layout()}};
  for (std::size_t i = tile.in.size(); i-- > 0;)
    if (tile.in[i].shape == y && !offered[i].is_any()) result.out[0] = strided(offered[i]);
  for (std::size_t i = 0; i < tile.in.size(); ++i)
    result.in.push_back(tile.in[i].shape == y ? result.out[0] : strided(offered[i]));
  return result;
}

std::vector<Loop> broadcast_loops(const View& large, const std::vector<View>& others) {
  const std::size_t axes = large.shape.size();
  std::vector<Loop> all;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    if (large.shape[axis] == 1) continue;
    Loop loop{large.shape[axis], {step(large, axes, axis)}};
    for (std::size_t k = 0; k < others.size(); ++k) loop.step[k + 1] = step(others[k], axes, axis);
    all.push_back(loop);
  }
  std::stable_sort(all.begin(), all.end(), [](const Loop& a, const Loop& b) { return a.step[0] > b.step[0]; });
  std::vector<Loop> loops;
  for (const Loop& inner : all) {
    if (loops.empty() || !continues(loops.back(), inner)) {
      loops.push_back(inner);
    } else {
      loops.back() = {loops.back().length * inner.length, inner.step};
    }
  }
  if (loops.empty()) loops.push_back({1, {}});
  return loops;
}

}  // namespace backflow
