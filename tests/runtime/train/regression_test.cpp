// A network that predicts numbers: it finds a linear function, and its errors are those that sums by hand give.
#include <cmath>

#include <backflow/runtime/data/subset.h>
#include <backflow/runtime/train/evaluator.h>
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

constexpr std::array<float, 3> kWeights{0.5F, -1.25F, 2};
constexpr float kMean = 40, kStddev = 8;

/// y = w · x + 0.75 in standardised units, and a second target −y.
class LinearFunction final : public data::Dataset {
 public:
  explicit LinearFunction(std::size_t n, std::uint32_t part = 0) : n_(n), part_(part) {}

  std::size_t size() const override { return n_; }
  Shape input_shape() const override { return {3}; }
  int class_count() const override { return 0; }
  std::int32_t label(std::size_t) const override { return 0; }
  void read(std::size_t sample, std::uint32_t, std::span<float> input) const override {
    const auto words = random_words(7, stream_of("linear_function"), part_, sample);
    for (std::size_t i = 0; i < 3; ++i) input[i] = static_cast<float>(words[i] % 2001) / 1000 - 1;
  }
  std::int64_t target_count() const override { return 2; }
  void read_target(std::size_t sample, std::span<float> target) const override {
    std::array<float, 3> x{};
    read(sample, 0, x);
    target[0] = 0.75F;
    for (std::size_t i = 0; i < 3; ++i) target[0] += kWeights[i] * x[i];
    target[1] = -target[0];
  }
  data::Standardization target_standardization() const override { return {{kMean, 0}, {kStddev, 1}}; }

 private:
  std::size_t n_;
  std::uint32_t part_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(regression)

BOOST_AUTO_TEST_CASE(finds_a_linear_function) {
  const LinearFunction data(200), test(60, 1);
  Store store;
  Scheduler scheduler(2);
  Trainer trainer(models::mlp({}, 2), data, store, scheduler, {.epochs = 60, .batch = 16});
  Evaluator evaluator(models::mlp({}, 2), test, store, scheduler, 25);
  const Evaluation before = evaluator.run();
  while (!trainer.done()) trainer.step();
  const auto tensors = plain_tensors(store);
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(std::abs(tensors.at("fc1.weight")[i] - kWeights[i]) < 1e-3F);
    BOOST_TEST(std::abs(tensors.at("fc1.weight")[3 + i] + kWeights[i]) < 1e-3F);
  }
  BOOST_TEST(std::abs(tensors.at("fc1.bias")[0] - 0.75F) < 1e-3F);
  const Evaluation after = evaluator.run();
  BOOST_REQUIRE(after.regression.has_value());
  BOOST_TEST(after.regression->r2 > 0.9999);
  BOOST_TEST(after.regression->mae < 0.01 * before.regression->mae);
  BOOST_TEST(after.loss < 1e-5);
}

BOOST_AUTO_TEST_CASE(errors_are_those_of_sums_by_hand_for_any_batch_size) {
  const LinearFunction test(53);
  std::vector<double> mae;
  for (const int batch : {1, 7, 53, 500}) {
    Store store;
    Scheduler scheduler(2);
    Evaluator evaluator(models::mlp({}, 2), test, store, scheduler, batch);
    const Evaluation got = evaluator.run();
    const auto tensors = plain_tensors(store);
    std::array<double, 2> absolute{}, squared{}, sum{}, squares{};
    for (std::size_t i = 0; i < test.size(); ++i) {
      std::array<float, 3> x{};
      std::array<float, 2> y{};
      test.read(i, 0, x);
      test.read_target(i, y);
      for (std::size_t t = 0; t < 2; ++t) {
        double p = tensors.at("fc1.bias")[t];
        for (std::size_t k = 0; k < 3; ++k) p += tensors.at("fc1.weight")[3 * t + k] * x[k];
        absolute[t] += std::abs(p - y[t]);
        squared[t] += (p - y[t]) * (p - y[t]);
        sum[t] += y[t];
        squares[t] += y[t] * y[t];
      }
    }
    const auto r2 = [&](std::size_t t) { return 1 - squared[t] / (squares[t] - sum[t] * sum[t] / 53); };
    const auto near = boost::test_tools::tolerance(1e-5);
    BOOST_TEST(got.loss == (squared[0] + squared[1]) / 106, near);
    BOOST_TEST(got.regression->mae == (kStddev * absolute[0] + absolute[1]) / 106, near);
    BOOST_TEST(got.regression->rmse == std::sqrt((kStddev * kStddev * squared[0] + squared[1]) / 106), near);
    BOOST_TEST(got.regression->r2 == (r2(0) + r2(1)) / 2, near);
  }
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_threads) {
  const LinearFunction data(100);
  const auto wanted = run_training(models::mlp({16}, 2), data, {.epochs = 3, .batch = 16}, 1);
  for (const int threads : {2, 4})
    BOOST_CHECK(run_training(models::mlp({16}, 2), data, {.epochs = 3, .batch = 16}, threads) == wanted);
}

BOOST_AUTO_TEST_CASE(a_subset_has_the_targets_of_its_samples) {
  const auto data = std::make_shared<LinearFunction>(20);
  const data::Subset subset(data, {19, 3});
  std::array<float, 2> wanted{}, got{};
  data->read_target(3, wanted);
  subset.read_target(1, got);
  BOOST_TEST(got == wanted, boost::test_tools::per_element());
  BOOST_TEST(subset.target_count() == 2);
  BOOST_TEST(subset.output_count() == 2);
  BOOST_TEST(subset.target_standardization().mean.at(0) == kMean);
}

BOOST_AUTO_TEST_SUITE_END()
