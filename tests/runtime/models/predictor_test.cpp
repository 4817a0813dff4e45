#include <backflow/runtime/models/predictor.h>

#include <cmath>
#include <limits>

#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

constexpr std::int64_t kSide = 4, kPixels = kSide * kSide;

/// Logit c of four is `scale` times the mean of channel c; the last two read nothing.
struct Files : TemporaryFolder {
  std::unique_ptr<Model> model(float scale) {
    files::TensorFile f;
    Tensor weight({{4, 3 * kPixels}});
    for (std::int64_t c = 0; c < 2; ++c)
      for (std::int64_t i = 0; i < kPixels; ++i)
        weight.as()[static_cast<std::size_t>((c * 3 + c) * kPixels + i)] = scale / kPixels;
    f.tensors.emplace("fc1.weight", std::move(weight));
    f.tensors.emplace("fc1.bias", Tensor({{4}}));
    f.metadata = {{"model", "mlp"},       {"hidden", ""}, {"classes", "4"},
                  {"image", "[3, 4, 4]"}, {"mean", "0"},  {"deviation", "1"}};
    files::write_safetensors(path() / "model.safetensors", f);
    return load_model(path() / "model.safetensors");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(predictor, Files)

BOOST_AUTO_TEST_CASE(probabilities_are_the_softmax_of_the_logits) {
  Scheduler scheduler(1);
  Predictor p(*model(3), scheduler);
  BOOST_TEST(p.classes() == 4);
  const auto got = p.probabilities(image::blank_image(4, 4, {255, 51, 9}));
  const double sum = std::exp(3) + std::exp(0.6) + 2;
  const std::vector<double> expected{std::exp(3) / sum, std::exp(0.6) / sum, 1 / sum, 1 / sum};
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(got[i] == expected[i], boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(pictures_of_any_size_are_fitted) {
  Scheduler scheduler(2);
  Predictor p(*model(3), scheduler);
  const auto small = p.top(image::blank_image(4, 4, {255, 51, 9})),
             large = p.top(image::blank_image(500, 333, {255, 51, 9}));
  for (std::size_t i = 0; i < 4; ++i) {
    BOOST_TEST(small[i].index == large[i].index);
    BOOST_TEST(small[i].probability == large[i].probability, boost::test_tools::tolerance(1e-5F));
  }
}

BOOST_AUTO_TEST_CASE(the_most_probable_come_first_and_the_first_of_equal_ones) {
  Scheduler scheduler(1);
  Predictor p(*model(3), scheduler);
  const image::Image green = image::blank_image(4, 4, {0, 255, 0});
  std::vector<std::int64_t> order;
  for (const ClassProbability& q : p.top(green)) order.push_back(q.index);
  BOOST_TEST((order == std::vector<std::int64_t>{1, 0, 2, 3}));
  BOOST_TEST(p.top(green, 2).size() == 2);
  BOOST_TEST(p.top(green, 0).empty());
}

BOOST_AUTO_TEST_CASE(the_bits_do_not_depend_on_the_threads) {
  std::vector<std::vector<float>> all;
  for (int threads : {1, 2, 4, 8}) {
    Scheduler scheduler(threads);
    Predictor p(*model(3), scheduler);
    const auto got = p.probabilities(image::blank_image(90, 70, {200, 20, 9}));
    all.emplace_back(got.begin(), got.end());
    BOOST_TEST((all.back() == all.front()));
  }
}

BOOST_AUTO_TEST_CASE(logits_that_are_no_numbers_are_an_error) {
  Scheduler scheduler(1);
  Predictor p(*model(std::numeric_limits<float>::infinity()), scheduler);
  CHECK_FAILS(p.top(image::blank_image(4, 4)), "[classify] the network's logits have the value inf");
}

BOOST_AUTO_TEST_SUITE_END()
