// The naive reference of a reduction along axes, and the shapes and axes over which each is proved.
#pragma once

#include <string>
#include <vector>

#include <backflow/ops/reduce_options.h>
#include "tests/support/broadcast.h"
#include "tests/support/proof.h"

namespace backflow::proof {

/// `f` makes one number of the elements that belong to one result.
template <class F>
struct ReductionReference {
  std::vector<std::int64_t> axes;
  bool keep;
  F f;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Shape& x = in[0].shape;
    const auto rank = static_cast<std::int64_t>(x.size());
    Shape kept = x, result;
    for (std::int64_t a : axes) kept[static_cast<std::size_t>(a < 0 ? a + rank : a)] = 1;
    for (std::int64_t a = 0; a < rank; ++a) {
      const bool goes = std::count(axes.begin(), axes.end(), a) + std::count(axes.begin(), axes.end(), a - rank) > 0;
      if (keep || !goes) result.push_back(kept[static_cast<std::size_t>(a)]);
    }
    Array<std::vector<T>> groups(kept);
    for (std::size_t i = 0; i < in[0].data.size(); ++i) {
      const auto& group = repeated(groups, x, static_cast<std::int64_t>(i));
      groups.data[static_cast<std::size_t>(&group - groups.data.data())].push_back(in[0].data[i]);
    }
    Array<T> y(result);
    for (std::size_t i = 0; i < y.data.size(); ++i) y.data[i] = f(groups.data[i]);
    return y;
  }
};

using ReductionBuilder = Value (*)(Value, const ReduceOptions&);

/// `values` are those of the smaller cases.
template <class F>
void prove_reduction(const std::string& name, ReductionBuilder op, F f, const Input& values = {}) {
  const auto one = [&](const Shape& shape, const std::vector<std::int64_t>& axes, bool differentiate) {
    for (const bool keep : {false, true})
      prove(str_cat(name, " ", to_string(shape), " along ", to_string(Shape(axes))),
            {{shape, false, differentiate, values.mean, values.stddev}},
            [&](Graph&, const auto& v) { return op(v[0], {.axes = axes, .keep = keep}); },
            ReductionReference<F>{axes, keep, f}, {.reduction = elements(shape)});
  };
  for (const std::vector<std::int64_t>& axes :
       std::vector<std::vector<std::int64_t>>{{2, 3}, {1}, {0}, {-1}, {0, 2, 3}, {-4, 3}, {0, 1, 2, 3}, {}})
    one({3, 4, 2, 5}, axes, true);
  one({}, {}, true);
  one({7}, {0}, true);
  one({1, 1}, {1}, true);
  one({2, 40}, {1}, true);  // longer than the running results of a kernel
  one({2, 1, 3, 1, 1, 1, 2, 1, 1, 1, 1, 2}, {0, 6, -1}, true);
  for (const std::vector<std::int64_t>& axes : std::vector<std::vector<std::int64_t>>{{0}, {1}, {2}, {0, 2}})
    one({60, 11, 120}, axes, false);
}

/// `whole` is the shape of what is left of all elements.
inline void check_reduction_errors(const std::string& kind, ReductionBuilder op, const Shape& whole = {}) {
  Graph g;
  const Value x = g.input("x", {{3, 4}});
  CHECK_FAILS(op(x, {.axes = {2}}), "[" + kind + "] input has shape [3, 4], there is no axis 2");
  CHECK_FAILS(op(x, {.axes = {-3}}), "[" + kind + "] input has shape [3, 4], there is no axis -3");
  CHECK_FAILS(op(g.input("t", {{4}, Type::s32}), {.axes = {0}}), "f32 value");
  BOOST_CHECK((op(x, {.axes = {0, 1}}).shape() == whole));
  BOOST_CHECK((op(x, {.axes = {1}, .keep = true}).shape() == Shape{3, 1}));
}

}  // namespace backflow::proof
