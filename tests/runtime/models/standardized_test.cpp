#include <backflow/runtime/models/standardized.h>

#include <cmath>

#include <backflow/ops/reduce_mean.h>
#include <backflow/runtime/models/predictor.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

/// Its logits are the means of the channels.
class Means final : public Model {
 public:
  explicit Means(std::int64_t channels) : input_(default_input(channels, 4, 4)) {}

  const InputSpec& input() const override { return input_; }
  std::int64_t classes() const override { return input_.channels; }
  std::vector<std::string> labels() const override { return {"red", "green", "blue"}; }
  Classifier build(Value image) const override { return {reduce_mean(image, {.axes = {2, 3}}), {}}; }

 private:
  InputSpec input_;
};

std::unique_ptr<Model> means(const std::string& how, std::int64_t channels = 3) {
  return standardized(std::make_unique<Means>(channels), how);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(standardized_)

BOOST_AUTO_TEST_CASE(mean_and_deviation_are_those_that_were_given) {
  const auto input = [](const std::string& how, std::int64_t channels = 3) { return means(how, channels)->input(); };
  BOOST_TEST((input("none").mean == std::vector<float>{0, 0, 0}));
  BOOST_TEST((input("none").stddev == std::vector<float>{1, 1, 1}));
  BOOST_TEST((input("imagenet").mean == std::vector<float>{0.485F, 0.456F, 0.406F}));
  BOOST_TEST((input("0.5/0.25").mean == std::vector<float>{0.5F, 0.5F, 0.5F}));
  BOOST_TEST((input("0,-1,1/1,2,3").mean == std::vector<float>{0, -1, 1}));
  BOOST_TEST((input("0,-1,1/1,2,3").stddev == std::vector<float>{1, 2, 3}));
  BOOST_TEST((input("0.5/2", 1).stddev == std::vector<float>{2}));
  BOOST_TEST((input("") == default_input(3, 4, 4)));
}

BOOST_AUTO_TEST_CASE(numbers_are_those_of_the_range_that_the_network_reads) {
  const auto reads = [](const std::string& how, float pixel) {  // of the first channel
    const InputSpec input = means(how)->input();
    return (pixel - input.mean[0]) / input.stddev[0];
  };
  const auto near = boost::test_tools::tolerance(1e-5F);
  BOOST_TEST(reads("0..255", 0.5F) == 127.5F, near);
  BOOST_TEST(reads("0..255 none", 1) == 255.0F, near);
  BOOST_TEST(reads("0..255 104,117,123/2", 1) == (255 - 104) / 2.0F, near);
  BOOST_TEST(reads("-1..1", 0) == -1.0F, near);
  BOOST_TEST(reads("-1..1", 0.75F) == 0.5F, near);
}

BOOST_AUTO_TEST_CASE(blue_may_come_first) {
  BOOST_TEST((means("bgr")->input() == means("")->input()));
  BOOST_TEST((means("bgr 1,2,4/1,2,3")->input().mean == std::vector<float>{4, 2, 1}));  // red's comes last
  BOOST_TEST((means("bgr imagenet")->input().mean == std::vector<float>{0.485F, 0.456F, 0.406F}));
  Scheduler scheduler(1);
  const auto model = means("bgr none");
  Predictor predictor(*model, scheduler);
  BOOST_TEST(predictor.top(image::blank_image(4, 4, {255, 102, 0}))[0].index == 2);
  CHECK_FAILS(means("bgr", 1), "bgr is an order of 3 channels, the network reads 1");
}

BOOST_AUTO_TEST_CASE(all_else_is_the_models_own) {
  BOOST_TEST(means("none")->classes() == 3);
  BOOST_TEST(means("none")->labels()[2] == "blue");
  BOOST_TEST(means("none")->input().height == 4);
}

BOOST_AUTO_TEST_CASE(a_picture_is_read_as_it_says) {
  Scheduler scheduler(1);
  const image::Image picture = image::blank_image(4, 4, {255, 102, 0});
  const auto probabilities = [&](const std::string& how) {
    const auto model = means(how);
    Predictor predictor(*model, scheduler);
    const auto p = predictor.probabilities(picture);
    return std::vector<float>(p.begin(), p.end());
  };
  // softmax of (1, .4, 0) and of (0, 0, 0)
  BOOST_TEST(probabilities("none")[0] == std::exp(1.0F) / (std::exp(1.0F) + std::exp(0.4F) + 1),
             boost::test_tools::tolerance(1e-5F));
  BOOST_TEST(probabilities("1,0.4,0/0.5")[0] == 1.0F / 3, boost::test_tools::tolerance(1e-5F));
}

BOOST_AUTO_TEST_CASE(anything_else_is_an_error_that_says_what_was_expected) {
  for (const char* how : {"vgg", "0.5", "/", "0.5/", "/1", "0.5/0", "0.5/-1", "0.5/nan", "inf/1", "1,2/1", "1,2,3,4/1",
                          "1,2,x/1", "0.5/1/1", "0.5 /1"})
    CHECK_FAILS(means(how),
                str_cat("imagenet, none or MEAN/DEVIATION with a number or 3 in each and deviations above 0, "
                        "got '",
                        how, "'"));
  CHECK_FAILS(means("imagenet", 1), "of 3 channels, the network reads 1");
}

BOOST_AUTO_TEST_SUITE_END()
