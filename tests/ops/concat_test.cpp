#include <backflow/ops/concat.h>

#include "tests/support/narrow.h"
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct ConcatReference {
  std::size_t axis;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Shape shape = in[0].shape;
    shape[axis] = 0;
    for (const auto& x : in) shape[axis] += x.shape[axis];
    Array<T> y(shape);
    Shape at(4, 0);
    for (const auto& x : in) {
      for (std::int64_t a = 0; a < x.shape[0]; ++a)
        for (std::int64_t b = 0; b < x.shape[1]; ++b)
          for (std::int64_t c = 0; c < x.shape[2]; ++c)
            for (std::int64_t d = 0; d < x.shape[3]; ++d) y(a + at[0], b + at[1], c + at[2], d + at[3]) = x(a, b, c, d);
      at[axis] += x.shape[axis];
    }
    return y;
  }
};

struct Twice {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    return ConcatReference{1}(std::vector<Array<T>>{in[0], in[0]});
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(concat_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_along_every_axis) {
  for (std::size_t axis = 0; axis < 4; ++axis)
    for (std::int64_t batch : {1, 5}) {
      Shape a{batch, 3, 4, 2}, b = a, c = a;
      b[axis] = 1;
      c[axis] = 7;
      const ConcatOptions o{.axis = static_cast<std::int64_t>(axis)};
      for (bool channels_last : {false, true})  // a parameter lies as the op likes
        proof::prove(
            "concat axis " + std::to_string(axis), {{a, channels_last}, {b, channels_last}, {c, channels_last}},
            [&](Graph&, const std::vector<Value>& v) { return concat(v, o); }, ConcatReference{axis});
    }
}

BOOST_AUTO_TEST_CASE(one_value_twice_gets_both_gradients) {
  proof::prove(
      "concat of one value twice", {{{3, 2, 2, 5}}},
      [](Graph&, const auto& v) {
        return concat({v[0], v[0]});
      },
      Twice());
}

BOOST_AUTO_TEST_CASE(says_which_shapes_do_not_fit) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), y = g.input("y", {{3, 3}});
  CHECK_FAILS(concat({x, y}), "[concat] shapes need to agree but for axis 1, got [2, 3] and [3, 3]");
  CHECK_FAILS(concat({x, x}, {.axis = 2}), "there is no axis 2");
  CHECK_FAILS(concat({x, x}, {.axis = -1}), "axis needs to be ≥ 0, got -1");
  CHECK_FAILS(concat({}, {}), "needs at least one value");
  CHECK_FAILS(concat({x, g.input("z", {{2, 3}, Type::s32})}), "got [2, 3] and [2, 3] s32");
}

BOOST_AUTO_TEST_CASE(computes_with_bf16, *needs_bf16()) {  // and slice, which is its gradient
  narrowness::prove("concat", {{2, 3, 4, 5}, {2, 6, 4, 5}}, [](Graph&, const auto& v) { return concat(v); });
}

BOOST_AUTO_TEST_SUITE_END()
