#include <backflow/ops/sample_dot.h>

#include <backflow/ops/roll.h>
#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct DotReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y({in[0].shape[0]});
    const std::size_t length = in[0].data.size() / y.data.size();
    for (std::size_t i = 0; i < in[0].data.size(); ++i) y.data[i / length] += in[0].data[i] * in[1].data[i];
    return y;
  }
};

struct ScaleReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    const std::size_t length = y.data.size() / in[1].data.size();
    for (std::size_t i = 0; i < y.data.size(); ++i) y.data[i] *= in[1].data[i / length];
    return y;
  }
};

const proof::Builder kDot = [](Graph&, const std::vector<Value>& v) { return sample_dot(v[0], v[1]); };
const proof::Builder kScale = [](Graph&, const std::vector<Value>& v) { return scale_samples(v[0], v[1]); };

}  // namespace

BOOST_AUTO_TEST_SUITE(sample_dot_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_both_gradients) {
  for (const Shape& x : {Shape{1}, {1, 1}, {3, 5}, {2, 3, 4, 5}, {5, 37}}) {
    proof::prove("sample_dot " + to_string(x), {{x}, {x}}, kDot, DotReference(), {.reduction = 60});
    proof::prove("scale_samples " + to_string(x), {{x}, {{x[0]}}}, kScale, ScaleReference(), {.reduction = 60});
  }
}

BOOST_AUTO_TEST_CASE(is_a_square_when_both_are_one_value) {
  auto square = [](const auto& in) { return DotReference()(std::remove_cvref_t<decltype(in)>{in[0], in[0]}); };
  auto build = [](Graph&, const std::vector<Value>& v) { return sample_dot(v[0], v[0]); };
  proof::prove("square", {{{2, 3, 2, 2}}}, build, square, {.reduction = 12});
}

BOOST_AUTO_TEST_CASE(does_not_mind_other_layouts) {
  auto build = [](Graph& g, const std::vector<Value>& v) {
    Value none = g.constant("none", {{2, 2}, Type::s32}, zeros());
    return sample_dot(roll(v[0], none), v[1]);  // nhwc and row-major
  };
  proof::prove("two layouts", {{{2, 3, 4, 2}}, {{2, 3, 4, 2}}}, build, DotReference(), {.reduction = 24});
}

BOOST_AUTO_TEST_CASE(treats_each_sample_alone) {
  proof::check_samples_alone("sample_dot", {{{1, 3, 120, 100}}, {{1, 3, 120, 100}}}, kDot, 11);
  proof::check_samples_alone("scale_samples", {{{1, 3, 120, 100}}, {{1}}}, kScale, 11);
}

BOOST_AUTO_TEST_CASE(says_which_shapes_it_wanted) {
  Graph g;
  Value x = g.input("x", {{2, 3}}), y = g.input("y", {{3, 2}});
  CHECK_FAILS(sample_dot(x, y), "need one shape [N, …], got [2, 3] and [3, 2]");
  CHECK_FAILS(scale_samples(x, y), "needs one factor for each sample, got [3, 2]");
}

BOOST_AUTO_TEST_SUITE_END()
