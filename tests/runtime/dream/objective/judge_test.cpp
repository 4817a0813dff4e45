#include <backflow/runtime/dream/objective/judge.h>

#include <cmath>

#include <backflow/ops/linear.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

/// Four classes: how red, how green, how blue, and nothing of it. Images of 8 × 6, or of any size.
class Colours final : public models::Model {
 public:
  explicit Colours(bool any_size) : input_{models::default_input(3, any_size ? 0 : 6, any_size ? 0 : 8)} {
    input_.mean = {0.5F, 0.5F, 0.5F};
    input_.stddev = {0.25F, 0.25F, 0.25F};
  }
  const models::InputSpec& input() const override { return input_; }
  std::int64_t classes() const override { return 4; }
  models::Classifier build(Value image) const override {
    models::check_input(input_, image.shape(), "[colours]");
    const Value mean = reshape(reduce_mean(image, {.axes = {2, 3}}), {image.shape()[0], 3});
    const auto weight = from_values({1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0});
    return {linear(mean, {.out = 4, .name = "fc", .weight = weight, .bias_values = zeros()}), {}};
  }

 private:
  models::InputSpec input_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(judge)

BOOST_AUTO_TEST_CASE(says_the_softmax_of_the_logits) {
  Scheduler scheduler(2);
  Judge judge(Colours(false), scheduler);
  const auto p = judge.probabilities(image::blank_image(8, 6, {255, 204, 51}));
  const double logits[] = {2, 1.2, -1.2, 0};  // (value − .5) / .25
  double sum = 0;
  for (double l : logits) sum += std::exp(l);
  BOOST_REQUIRE_EQUAL(p.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) BOOST_CHECK_CLOSE(p[i], std::exp(logits[i]) / sum, 1e-3);
}

BOOST_AUTO_TEST_CASE(ranks_the_wanted_class) {
  Scheduler scheduler(1);
  Judge judge(Colours(false), scheduler);
  const image::Image picture = image::blank_image(8, 6, {255, 204, 51});
  const std::int64_t ranks[] = {1, 2, 4, 3};
  for (std::int64_t c = 0; c < 4; ++c) {
    const Verdict v = judge.verdict(picture, c);
    BOOST_CHECK_EQUAL(v.rank, ranks[c]);
    BOOST_CHECK_EQUAL(v.best, 0);
    BOOST_CHECK_EQUAL(v.probability, judge.probabilities(picture)[static_cast<std::size_t>(c)]);
    BOOST_CHECK_EQUAL(v.best_probability, judge.verdict(picture, 0).probability);
  }
  BOOST_CHECK_EQUAL(judge.verdict(image::blank_image(8, 6, {0, 0, 0}), 1).rank, 2);  // two as probable share a place
  CHECK_FAILS(judge.verdict(picture, 4), "0 … 3");
  CHECK_FAILS(judge.verdict(picture, -1), "no class -1");
}

BOOST_AUTO_TEST_CASE(resizes_pictures_to_what_the_network_reads) {
  Scheduler scheduler(1);
  Judge fixed(Colours(false), scheduler), usual(Colours(true), scheduler), given(Colours(true), scheduler, 5, 9);
  image::Image half = image::blank_image(40, 30, {255, 0, 0});
  for (int y = 0; y < 30; ++y)
    for (int x = 20; x < 40; ++x) half.at(x, y)[0] = 0;
  const double expected = fixed.verdict(half, 0).probability;
  BOOST_CHECK_CLOSE(usual.verdict(half, 0).probability, expected, 2);
  BOOST_CHECK_CLOSE(given.verdict(half, 0).probability, expected, 5);
  CHECK_FAILS(Judge(Colours(false), scheduler, 9, 9), "[colours] reads");
}

BOOST_AUTO_TEST_SUITE_END()
