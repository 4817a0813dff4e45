#include <backflow/runtime/train/evaluator.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <backflow/ops/ascend.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

/// Loss and accuracy of one linear layer with the weights of `store`, sample by sample in double precision.
Evaluation by_hand(const Store& store, const data::ImageDataset& data) {
  const auto tensors = plain_tensors(store);
  const auto &w = tensors.at("fc1.weight"), &b = tensors.at("fc1.bias");  // [5, 64], [5]
  Evaluation total;
  std::array<double, 5> labels{}, answers{}, right{};
  for (std::size_t i = 0; i < data.size(); ++i) {
    std::vector<double> logits(b.begin(), b.end());
    for (std::size_t c = 0; c < 5; ++c)
      for (std::size_t p = 0; p < 64; ++p)
        logits[c] += w[64 * c + p] * (data.images[64 * i + p] / 255.0 - data.mean[0]) / data.stddev[0];
    double sum = 0;
    for (double z : logits) sum += std::exp(z);
    const auto label = static_cast<std::size_t>(data.labels[i]);
    total.loss += std::log(sum) - logits[label];
    const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
    total.accuracy += static_cast<std::size_t>(best) == label;
    ++labels[label];
    ++answers[static_cast<std::size_t>(best)];
    right[label] += static_cast<std::size_t>(best) == label;
  }
  for (std::size_t c = 0; c < 5; ++c) total.f1 += 2 * right[c] / (labels[c] + answers[c]) / 5;
  const auto n = static_cast<double>(data.size());
  return {total.loss / n, total.accuracy / n, total.f1};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evaluator)

BOOST_AUTO_TEST_CASE(agrees_with_a_sum_over_samples_for_any_batch_size) {
  const data::ImageDataset data = small_dataset(53);
  for (int batch : {1, 7, 16, 53, 500}) {
    Store store;
    Scheduler scheduler(2);
    Evaluator evaluator(models::mlp({}, 5), data, store, scheduler, batch);
    const Evaluation got = evaluator.run(), expected = by_hand(store, data);
    BOOST_TEST(got.loss == expected.loss, boost::test_tools::tolerance(1e-5));
    BOOST_TEST(got.accuracy == expected.accuracy, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(got.f1 == expected.f1, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(evaluator.run().f1 == got.f1);  // counted anew
  }
}

BOOST_AUTO_TEST_CASE(shows_each_batch) {
  const data::ImageDataset data = small_dataset(53);
  Store store;
  Scheduler scheduler(2);
  Evaluator evaluator(models::mlp({}, 5), data, store, scheduler, 20);
  std::vector<std::int32_t> labels;
  std::size_t logits = 0;
  evaluator.observe([&](std::span<const float> z, std::span<const std::int32_t> y) {
    logits += z.size();
    labels.insert(labels.end(), y.begin(), y.end());
  });
  evaluator.run();
  BOOST_TEST(labels == data.labels, boost::test_tools::per_element());
  BOOST_TEST(logits == 5 * data.size());
}

BOOST_AUTO_TEST_CASE(sees_the_parameters_that_training_leaves) {
  const data::ImageDataset data = small_dataset(100), test = small_dataset(40, 2);
  Store store;
  Scheduler scheduler(2);
  Trainer trainer(models::mlp({}, 5), data, store, scheduler, {.epochs = 5, .batch = 16});
  Evaluator evaluator(models::mlp({}, 5), test, store, scheduler, 16);
  const Evaluation before = evaluator.run();
  while (!trainer.done()) trainer.step();
  const Evaluation after = evaluator.run();
  BOOST_TEST(after.loss < before.loss / 2);
  BOOST_TEST(after.accuracy > 0.9);
  BOOST_TEST(after.loss == by_hand(store, test).loss, boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(gives_the_same_bits_again_and_on_any_number_of_threads) {
  const data::ImageDataset data = small_dataset(53);
  std::vector<double> losses;
  for (int threads : {1, 2, 4, 8}) {
    Store store;
    Scheduler scheduler(threads);
    Evaluator evaluator(models::cnn(5), data, store, scheduler, 16);
    losses.push_back(evaluator.run().loss);
    losses.push_back(evaluator.run().loss);
  }
  for (double loss : losses) BOOST_TEST(loss == losses[0]);
}

BOOST_AUTO_TEST_CASE(changes_no_parameter) {
  const data::ImageDataset data = small_dataset(20);
  Store store;
  Scheduler scheduler(2);
  Evaluator evaluator(models::cnn(5), data, store, scheduler, 8);
  const auto before = plain_tensors(store);
  evaluator.run();
  BOOST_TEST((plain_tensors(store) == before));
}

BOOST_AUTO_TEST_CASE(takes_the_network_that_is_trained_and_moves_no_running_average) {
  const models::Network network = [](Value images) {
    return linear(flatten(batch_norm(images, {.name = "bn"})), {.out = 5, .name = "fc"});
  };
  const data::ImageDataset data = small_dataset(100), test = small_dataset(40, 2);
  Store store;
  Scheduler scheduler(2);
  Trainer trainer(network, data, store, scheduler, {.epochs = 5, .batch = 16});
  for (int i = 0; i < 6; ++i) trainer.step();
  const Tensor mean = store.plain("bn.running_mean"), variance = store.plain("bn.running_var");
  BOOST_TEST(mean.as()[0] != 0);
  Evaluator evaluator(network, test, store, scheduler, 16), by_one(network, test, store, scheduler, 1);
  BOOST_TEST(evaluator.run().loss == by_one.run().loss, boost::test_tools::tolerance(1e-5));  // no batch's statistics
  BOOST_TEST(store.plain("bn.running_mean").as() == mean.as(), boost::test_tools::per_element());
  BOOST_TEST(store.plain("bn.running_var").as() == variance.as(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(refuses_a_network_that_writes) {
  const data::ImageDataset data = small_dataset(20);
  Store store;
  Scheduler scheduler(1);
  const auto make = [&](const models::Network& network) { Evaluator(network, data, store, scheduler); };
  CHECK_FAILS(make([](Value images) {
                return linear(flatten(batch_norm(images, {.training = true, .name = "bn"})), {.out = 5, .name = "fc"});
              }),
              "[bn] is built for training in a graph for prediction");
  CHECK_FAILS(make([](Value images) {
                const Value count = images.graph->state("count", {{1}}, zeros());
                ascend(count, count, images.graph->constant("one", {{1}}, filled(1)));
                return linear(flatten(images), {.out = 5, .name = "fc"});
              }),
              "of the network writes: an evaluation only reads");
}

BOOST_AUTO_TEST_SUITE_END()
