#include <backflow/ops/project_to_ball.h>

#include "tests/support/ball.h"
#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct ProjectReference {
  Norm norm;

  Array<double> operator()(const std::vector<Array<double>>& in) const {
    Array<double> y = in[0];
    const double epsilon = in[2].data[0];
    const std::size_t length = y.data.size() / static_cast<std::size_t>(y.shape[0]);
    for (std::size_t s = 0; s < y.data.size(); s += length) {
      double squares = 0;
      for (std::size_t i = s; i < s + length; ++i) squares += std::pow(in[0].data[i] - in[1].data[i], 2);
      const double factor = std::min(1.0, epsilon / std::sqrt(squares));
      for (std::size_t i = s; i < s + length; ++i) {
        const double d = in[0].data[i] - in[1].data[i];
        y.data[i] = in[1].data[i] + (norm == Norm::l2 ? factor * d : std::clamp(d, -epsilon, epsilon));
        y.data[i] = std::clamp(y.data[i], 0.0, 1.0);
      }
    }
    return y;
  }
  Array<std::complex<double>> operator()(const std::vector<Array<std::complex<double>>>&) const {
    return {};  // never asked for: the op has no gradient
  }
};

proof::Builder project_builder(Norm norm) {
  return [norm](Graph&, const std::vector<Value>& v) { return project_to_ball(v[0], v[1], v[2], {.norm = norm}); };
}

std::vector<proof::Input> project_inputs(const Shape& shape, double epsilon, double spread) {
  const auto count = static_cast<std::size_t>(elements(shape));
  return {{shape, false, false, .5, spread},
          {shape, false, false, 0, 1, proof::pixels(count)},
          {{1}, false, false, 0, 1, {epsilon}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(project_to_ball_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference) {
  for (const Norm norm : {Norm::linf, Norm::l2})
    for (const double epsilon : {.03, .5, 50.0})
      for (const Shape& shape : {Shape{1, 1}, Shape{3, 2, 5, 7}, Shape{40, 1, 28, 28}})
        proof::prove(name_of(norm), project_inputs(shape, epsilon, .6), project_builder(norm), ProjectReference{norm});
}

BOOST_AUTO_TEST_CASE(returns_points_of_the_ball_and_of_0_to_1_exactly) {
  for (const Norm norm : {Norm::linf, Norm::l2})
    for (const float epsilon : {8.0F / 255, .1F, .5F, 1e-3F, 1e-7F, 3.0F}) {
      const auto inputs = project_inputs({50, 3, 9, 11}, static_cast<double>(epsilon), 2);
      const auto y = proof::result_of(inputs, project_builder(norm));
      proof::check_in_ball(norm, epsilon, y, proof::floats(inputs[1].values), 50);
    }
}

BOOST_AUTO_TEST_CASE(leaves_points_of_the_ball_as_they_are) {
  const auto center = proof::pixels(60);
  for (const Norm norm : {Norm::linf, Norm::l2}) {
    const std::vector<proof::Input> inputs{
        {{4, 15}, false, false, 0, 1, center}, {{4, 15}, false, false, 0, 1, center}, {{1}, false, false, 0, 1, {.1}}};
    BOOST_TEST((proof::result_of(inputs, project_builder(norm)) == proof::floats(center)));
  }
}

BOOST_AUTO_TEST_CASE(treats_each_sample_alone) {
  for (const Norm norm : {Norm::linf, Norm::l2})
    proof::check_samples_alone("project_to_ball",
                               {{{1, 3, 50, 41}, false, false, .5, .4},
                                {{1, 3, 50, 41}, false, false, .5, .1},
                                {{1}, false, false, 0, 1, {.5}}},
                               project_builder(norm), 5, {2});
}

BOOST_AUTO_TEST_CASE(keeps_a_nan) {
  auto inputs = project_inputs({2, 3}, .1, 1);
  inputs[0].values = {.1, NAN, .3, .1, .2, .3};
  for (const Norm norm : {Norm::linf, Norm::l2})
    BOOST_TEST(std::isnan(proof::result_of(inputs, project_builder(norm))[1]) == true);
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), c = g.input("c", {{2, 4}}), radius = g.input("radius", {{1}});
  CHECK_FAILS(project_to_ball(x, c, radius), "[project_to_ball] x has shape [2, 3], its centre [2, 4]");
  CHECK_FAILS(project_to_ball(x, x, x), "[project_to_ball] epsilon needs shape [1], got [2, 3]");
  CHECK_FAILS(project_to_ball(x, x, radius, {.low = 1, .high = 0}), "low needs to be below high, got 1 and 0");
  CHECK_FAILS(gradient(project_to_ball(x, x, radius), x), "[project_to_ball] has no gradient");
}

BOOST_AUTO_TEST_SUITE_END()
