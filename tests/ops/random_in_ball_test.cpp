#include <backflow/ops/random_in_ball.h>

#include "tests/support/ball.h"
#include "tests/support/batch.h"

using namespace backflow;

namespace {

proof::Builder random_builder(Norm norm) {
  return [norm](Graph&, const std::vector<Value>& v) { return random_in_ball(v[0], v[1], v[2], {.norm = norm}); };
}

proof::Input ball_keys(std::vector<double> values) {
  const auto n = static_cast<std::int64_t>(values.size() / 4);
  return {{n, 4}, false, false, 0, 1, std::move(values), Type::s32};
}

/// One key for each sample, of steps 0, 1, …
proof::Input keys_of(std::int64_t samples) {
  std::vector<double> values;
  for (std::int64_t n = 0; n < samples; ++n) values.insert(values.end(), {1, 2, 3, static_cast<double>(n)});
  return ball_keys(values);
}

std::vector<proof::Input> random_inputs(const Shape& shape, std::vector<double> center, double epsilon) {
  return {{shape, false, false, 0, 1, std::move(center)}, keys_of(shape[0]), {{1}, false, false, 0, 1, {epsilon}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(random_in_ball_)

BOOST_AUTO_TEST_CASE(is_uniform_in_a_cube) {
  const auto y =
      proof::result_of(random_inputs({1, 40000}, std::vector<double>(40000, .5), .2), random_builder(Norm::linf));
  double sum = 0, squares = 0;
  for (const float v : y) sum += v - .5F, squares += (v - .5F) * (v - .5F);
  BOOST_CHECK_SMALL(sum / 40000, .002);
  BOOST_CHECK_CLOSE(squares / 40000, .04 / 3, 2.0);
}

BOOST_AUTO_TEST_CASE(is_uniform_in_a_sphere) {
  constexpr std::int64_t samples = 4000, length = 3;
  const auto y = proof::result_of(random_inputs({samples, length}, std::vector<double>(samples * length, .5), .4),
                                  random_builder(Norm::l2));
  double inner = 0, sum = 0;
  for (std::size_t n = 0; n < samples; ++n) {
    double squares = 0;
    for (std::size_t i = length * n; i < length * (n + 1); ++i) squares += std::pow(y[i] - .5, 2), sum += y[i] - .5;
    inner += squares < .2 * .2;
  }
  BOOST_CHECK_SMALL(sum / (samples * length), .01);
  BOOST_CHECK_CLOSE(inner / samples, 1.0 / 8, 10.0);  // half the radius has an eighth of the volume
}

BOOST_AUTO_TEST_CASE(lies_in_the_ball_and_in_0_to_1_exactly) {
  for (const Norm norm : {Norm::linf, Norm::l2})
    for (const float epsilon : {8.0F / 255, .1F, .5F, 3.0F}) {
      const auto inputs = random_inputs({50, 3, 9, 11}, proof::pixels(50 * 297), static_cast<double>(epsilon));
      proof::check_in_ball(norm, epsilon, proof::result_of(inputs, random_builder(norm)),
                           proof::floats(inputs[0].values), 50);
    }
}

BOOST_AUTO_TEST_CASE(differs_by_every_part_of_the_key_and_repeats_with_the_same_one) {
  for (const Norm norm : {Norm::linf, Norm::l2}) {
    auto inputs = random_inputs({6, 5}, std::vector<double>(30, .5), .3);
    inputs[1] = ball_keys({1, 2, 3, 4, 9, 2, 3, 4, 1, 9, 3, 4, 1, 2, 9, 4, 1, 2, 3, 9, 1, 2, 3, 4});
    const auto y = proof::result_of(inputs, random_builder(norm));
    const auto row = [&](int n) { return std::vector<float>(y.begin() + 5 * n, y.begin() + 5 * n + 5); };
    for (int n = 1; n < 5; ++n) BOOST_CHECK(row(0) != row(n));
    BOOST_CHECK(row(0) == row(5));
  }
}

BOOST_AUTO_TEST_CASE(treats_each_sample_alone) {
  for (const Norm norm : {Norm::linf, Norm::l2})
    proof::check_samples_alone(
        "random_in_ball",
        {{{1, 3, 50, 41}, false, false, .5, .1}, ball_keys({1, 2, 3, 4}), {{1}, false, false, 0, 1, {.5}}},
        random_builder(norm), 5, {2});
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), radius = g.input("radius", {{1}}), k = g.input("k", {{2, 3}, Type::s32});
  CHECK_FAILS(random_in_ball(x, k, radius), "[random_in_ball] samples [2, 3] need a key [4] s32 each, got [2, 3] s32");
  CHECK_FAILS(random_in_ball(x, k, x), "[random_in_ball] epsilon needs shape [1], got [2, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
