#include <backflow/ops/reduce_mean.h>

#include <algorithm>

#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

/// Means along `axes` of a value of four axes, which stay with length 1.
struct MeanReference {
  std::vector<std::int64_t> axes;
  bool keep;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Shape& s = in[0].shape;
    Shape kept = s, shape;
    for (auto a : axes) kept[static_cast<std::size_t>(a)] = 1;
    const double count = static_cast<double>(elements(s)) / static_cast<double>(elements(kept));
    Array<T> y(kept);
    auto at = [&](std::int64_t i, std::size_t axis) { return kept[axis] == 1 ? 0 : i; };
    for (std::int64_t a = 0; a < s[0]; ++a)
      for (std::int64_t b = 0; b < s[1]; ++b)
        for (std::int64_t c = 0; c < s[2]; ++c)
          for (std::int64_t d = 0; d < s[3]; ++d)
            y(at(a, 0), at(b, 1), at(c, 2), at(d, 3)) += in[0](a, b, c, d) / count;
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reduce_mean_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_along_any_axes) {
  const std::vector<std::vector<std::int64_t>> axes{{2, 3}, {1}, {0}, {0, 2, 3}, {0, 1, 2, 3}, {}};
  for (const auto& list : axes)
    for (bool keep : {false, true})
      proof::prove("reduce_mean " + to_string(Shape(list)), {{{3, 4, 2, 5}}},
                   [&](Graph&, const auto& v) { return reduce_mean(v[0], {.axes = list, .keep = keep}); },
                   MeanReference{list, keep}, {.reduction = 120, .linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(axes_go_or_stay) {
  Graph g;
  const Value x = g.input("x", {{3, 4, 2, 5}});
  BOOST_CHECK((reduce_mean(x, {.axes = {2, 3}}).shape() == Shape{3, 4}));
  BOOST_CHECK((reduce_mean(x, {.axes = {2, 3}, .keep = true}).shape() == Shape{3, 4, 1, 1}));
  BOOST_CHECK((reduce_mean(x, {.axes = {0, 1, 2, 3}}).shape() == Shape{1}));
  CHECK_FAILS(reduce_mean(x, {.axes = {4}}), "[reduce_mean] input has shape [3, 4, 2, 5], there is no axis 4");
}

BOOST_AUTO_TEST_SUITE_END()
