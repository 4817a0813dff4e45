#include <backflow/ops/ascend_in_ball.h>

#include "tests/support/ball.h"
#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

/// Without the projection, which has a test of its own: the ball is large here.
struct AscendReference {
  Norm norm;

  Array<double> operator()(const std::vector<Array<double>>& in) const {
    Array<double> y = in[0];
    const Array<double>& g = in[1];
    const std::size_t length = y.data.size() / static_cast<std::size_t>(y.shape[0]);
    for (std::size_t s = 0; s < y.data.size(); s += length) {
      double squares = 0;
      for (std::size_t i = s; i < s + length; ++i) squares += g.data[i] * g.data[i];
      for (std::size_t i = s; i < s + length; ++i) {
        const double sign = (g.data[i] > 0) - (g.data[i] < 0);
        const double along = squares > 0 ? g.data[i] / std::sqrt(squares) : 0;
        y.data[i] = std::clamp(y.data[i] + in[3].data[0] * (norm == Norm::linf ? sign : along), 0.0, 1.0);
      }
    }
    return y;
  }
  Array<std::complex<double>> operator()(const std::vector<Array<std::complex<double>>>&) const {
    return {};  // never asked for: the op has no gradient
  }
};

proof::Builder ascend_builder(Norm norm) {
  return [norm](Graph&, const std::vector<Value>& v) {
    return ascend_in_ball(v[0], v[1], v[2], v[3], v[4], {.norm = norm});
  };
}

struct AscendSizes {
  double rate, epsilon;
};

std::vector<proof::Input> ascend_inputs(const Shape& shape, const AscendSizes& sizes, double gradient) {
  const auto count = static_cast<std::size_t>(elements(shape));
  return {{shape, false, false, 0, 1, proof::pixels(count, 7)},
          {shape, false, false, 0, gradient},
          {shape, false, false, 0, 1, proof::pixels(count)},
          {{1}, false, false, 0, 1, {sizes.rate}},
          {{1}, false, false, 0, 1, {sizes.epsilon}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ascend_in_ball_)

BOOST_AUTO_TEST_CASE(goes_along_the_sign_or_the_normalized_gradient) {
  for (const Norm norm : {Norm::linf, Norm::l2})
    for (const double gradient : {1.0, 1e-20, 1e20, 0.0})
      for (const Shape& shape : {Shape{2, 1}, Shape{3, 2, 5, 7}, Shape{40, 1, 28, 28}})
        proof::prove(name_of(norm), ascend_inputs(shape, {.3, 1e3}, gradient), ascend_builder(norm),
                     AscendReference{norm});
}

BOOST_AUTO_TEST_CASE(stays_in_the_ball_and_in_0_to_1_exactly) {
  for (const Norm norm : {Norm::linf, Norm::l2})
    for (const float epsilon : {8.0F / 255, .1F, .5F, 3.0F}) {
      const auto inputs = ascend_inputs({50, 3, 9, 11}, {1, static_cast<double>(epsilon)}, 1);
      proof::check_in_ball(norm, epsilon, proof::result_of(inputs, ascend_builder(norm)),
                           proof::floats(inputs[2].values), 50);
    }
}

BOOST_AUTO_TEST_CASE(moves_nothing_without_a_direction) {
  auto inputs = ascend_inputs({2, 3}, {.3, 10}, 1);
  inputs[1].values = {0, 0, 0, NAN, INFINITY, 1};
  inputs[0].values = inputs[2].values = {.5, .5, .5, .5, .5, .5};
  const auto l2 = proof::result_of(inputs, ascend_builder(Norm::l2));
  for (const float v : l2) BOOST_TEST(v == .5F);
  const auto linf = proof::result_of(inputs, ascend_builder(Norm::linf));
  BOOST_TEST((linf == std::vector<float>{.5F, .5F, .5F, .5F, .8F, .8F}));
}

BOOST_AUTO_TEST_CASE(treats_each_sample_alone) {
  for (const Norm norm : {Norm::linf, Norm::l2})
    proof::check_samples_alone("ascend_in_ball",
                               {{{1, 3, 50, 41}, false, false, .5, .1},
                                {{1, 3, 50, 41}, false, false},
                                {{1, 3, 50, 41}, false, false, .5, .1},
                                {{1}, false, false, 0, 1, {.1}},
                                {{1}, false, false, 0, 1, {.5}}},
                               ascend_builder(norm), 5, {3, 4});
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), d = g.input("d", {{2, 4}}), one = g.input("one", {{1}});
  CHECK_FAILS(ascend_in_ball(x, d, x, one, one), "[ascend_in_ball] x has shape [2, 3], its gradient [2, 4]");
  CHECK_FAILS(ascend_in_ball(x, x, d, one, one), "[ascend_in_ball] x has shape [2, 3], its centre [2, 4]");
  CHECK_FAILS(ascend_in_ball(x, x, x, x, one), "[ascend_in_ball] the rate needs shape [1], got [2, 3]");
  CHECK_FAILS(ascend_in_ball(one, one, one, one, x), "[ascend_in_ball] epsilon needs shape [1], got [2, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
