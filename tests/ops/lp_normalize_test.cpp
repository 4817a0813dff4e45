#include <backflow/ops/lp_normalize.h>

#include "tests/support/each_index.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct LpNormalizeReference {
  std::size_t axis;
  int p;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Array<T>& x = in[0];
    Shape lines = x.shape;
    lines[axis] = 1;
    Array<T> norm(lines), y(x.shape);
    const auto line = [&](Shape at) -> T& {
      at[axis] = 0;
      return norm.data[proof::place_in(lines, at)];
    };
    proof::each_index(x.shape, [&](const Shape& at) {
      const T& value = x.data[proof::place_in(x.shape, at)];
      line(at) += p == 2 ? value * value : proof::real(value) < 0 ? -value : value;
    });
    proof::each_index(x.shape, [&](const Shape& at) {
      const std::size_t place = proof::place_in(x.shape, at);
      y.data[place] = x.data[place] / (p == 2 ? std::sqrt(line(at)) : line(at));
    });
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lp_normalize_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const int p : {1, 2})
    for (const Shape& x : {Shape{5}, Shape{3, 4}, Shape{2, 3, 4, 5}, Shape{2, 1, 30}})
      for (std::size_t axis = 0; axis < x.size(); ++axis)
        proof::prove(str_cat("lp_normalize ", to_string(x), " axis ", axis, " p ", p), {{x}},
                     [&](Graph&, const auto& v) {
                       return lp_normalize(v[0], {.axis = static_cast<std::int64_t>(axis), .p = p});
                     },
                     LpNormalizeReference{axis, p}, {.reduction = x[axis]});
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_when_it_is_cut_into_tiles) {
  proof::prove("lp_normalize of several tiles", {{{300, 40, 50}, false, false}},
               [](Graph&, const auto& v) { return lp_normalize(v[0], {.axis = 1}); }, LpNormalizeReference{1, 2},
               {.reduction = 40});
}

BOOST_AUTO_TEST_CASE(of_zeros_is_zeros) {
  Graph g;
  const Value x = g.input("x", {{2, 2}}), y = lp_normalize(x);
  g.output("y", y);
  g.output("dx", gradient(y, x));
  const auto result = outputs_of(g, {{"x", {0, 0, 3, 4}}});
  BOOST_CHECK((result.at("y") == std::vector<float>{0, 0, 0.6F, 0.8F}));
  BOOST_TEST(result.at("dx")[0] == 0);
  BOOST_TEST(result.at("dx")[1] == 0);
  BOOST_TEST(result.at("dx")[2] != 0);
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value x = g.input("x", {{2, 2}});
  CHECK_FAILS(lp_normalize(x, {.p = 3}), "[lp_normalize] p needs to be 1 or 2, got 3");
  CHECK_FAILS(lp_normalize(x, {.axis = -3}), "[lp_normalize] has no axis -3 in shape [2, 2]");
}

BOOST_AUTO_TEST_SUITE_END()
