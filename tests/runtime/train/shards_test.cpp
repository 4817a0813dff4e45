#include <backflow/runtime/train/shards.h>

#include <backflow/ops/add.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/softmax.h>
#include <backflow/ops/transpose.h>
#include <backflow/runtime/data/augmented.h>
#include <backflow/runtime/models/layered_network.h>
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

struct Case {
  std::string name;
  models::Network network;
  TrainOptions options;
};

models::Network layers(const std::string& text) { return models::layered_network(text, "", 5); }

const char* const kNormalized =
    R"({"layers": [{"conv2d": {"out": 6, "kernel": 3}}, "batch_norm", "relu", {"conv2d": {"out": 6, "kernel": 3}},
    "batch_norm", "relu", "flatten", {"linear": {"out": 12}}, "batch_norm", "relu", {"linear": {"out": "classes"}}]})";
const char* const kDropping =
    R"({"layers": ["flatten", {"linear": {"out": 24}}, "relu", "dropout", {"linear": {"out": "classes"}}]})";

/// 100 images: six batches of 16 and one of 4.
TrainOptions options_of_shards(std::int64_t shards = 1) {
  TrainOptions o;
  o.epochs = 2, o.batch = 16, o.shards = shards;
  o.schedule.kind = ScheduleKind::cosine;
  return o;
}

std::vector<Case> cases() {
  const TrainOptions usual = options_of_shards();
  TrainOptions clipped = usual, adam = usual, weighted = usual, accumulated = usual;
  clipped.clip_grad = .5F, clipped.label_smoothing = .1F;
  adam.optimizer = Optimizer::adam, adam.learning_rate = 1e-3F, adam.ema = .5F;
  weighted.class_weights = {1, 2, .5F, 0, 3};
  accumulated.accumulate = 3;
  return {{"mlp", models::mlp({24, 12}, 5), usual},
          {"cnn, clipped and smoothed", models::cnn(5), clipped},
          {"batch norm", layers(kNormalized), usual},
          {"batch norm, accumulated", layers(kNormalized), accumulated},
          {"batch norm, class weights", layers(kNormalized), weighted},
          {"dropout", layers(kDropping), usual},
          {"allconv, adam", models::allconv(5), adam}};
}

void check_near(const Trained& got, const Trained& expected, float tolerance, const std::string& what) {
  BOOST_TEST_REQUIRE(got.losses.size() == expected.losses.size());
  for (std::size_t i = 0; i < got.losses.size(); ++i)
    BOOST_CHECK_MESSAGE(std::abs(got.losses[i] - expected.losses[i]) < tolerance,
                        what << ", loss " << i + 1 << ": " << got.losses[i] << ", expected " << expected.losses[i]);
  BOOST_TEST_REQUIRE(got.tensors.size() == expected.tensors.size());
  for (const auto& [name, values] : expected.tensors) {
    float most = 0, largest = 1;
    for (std::size_t i = 0; i < values.size(); ++i) {
      most = std::max(most, std::abs(got.tensors.at(name)[i] - values[i]));
      largest = std::max(largest, std::abs(values[i]));
    }
    BOOST_CHECK_MESSAGE(most <= tolerance * largest, what << ", " << name << " differs by " << most);
  }
}

void check_refused(const models::Network& network, const std::string& why) {
  const data::ImageDataset data = small_dataset();
  Store store;
  Scheduler scheduler(1);
  CHECK_FAILS(Trainer(network, data, store, scheduler, options_of_shards(2)), why);
  BOOST_CHECK_NO_THROW(Trainer(network, data, store, scheduler, options_of_shards()));
}

/// Scores of classes, after something that mixes samples.
models::Network mixing(const std::function<Value(Value)>& mix) {
  return [mix](Value images) { return mix(linear(flatten(images), {.out = 5, .name = "fc"})); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(train_shards)

BOOST_AUTO_TEST_CASE(one_step_in_shards_is_the_step_of_the_whole_batch) {
  const data::ImageDataset data = small_dataset();
  for (const Case& c : cases()) {
    const Trained whole = run_training(c.network, data, c.options, 1, 1);
    for (const std::int64_t shards : {2, 4, 8}) {
      TrainOptions o = c.options;
      o.shards = shards;
      check_near(run_training(c.network, data, o, 1, 1), whole, 3e-6F, str_cat(c.name, ' ', shards));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_epoch_in_shards_with_a_smaller_last_batch_stays_near_that_of_whole_batches) {
  const data::ImageDataset data = small_dataset();
  for (const Case& c : cases()) {
    if (c.options.optimizer == Optimizer::adam) continue;  // it divides small numbers by small ones
    const Trained whole = run_training(c.network, data, c.options, 2, 7);
    for (const std::int64_t shards : {2, 8}) {
      TrainOptions o = c.options;
      o.shards = shards;
      check_near(run_training(c.network, data, o, 2, 7), whole, 2e-4F, str_cat(c.name, ' ', shards));
    }
  }
}

BOOST_AUTO_TEST_CASE(gives_the_same_bits_on_any_number_of_threads) {
  const data::ImageDataset data = small_dataset();
  for (const Case& c : cases())
    for (const std::int64_t shards : {2, 8}) BOOST_TEST_CONTEXT(c.name << ' ' << shards) {
        TrainOptions o = c.options;
        o.shards = shards;
        const Trained one = run_training(c.network, data, o);
        BOOST_TEST(one.losses.back() < one.losses.front());
        for (int threads : {2, 4, 8}) BOOST_TEST((run_training(c.network, data, o, threads) == one));
      }
}

BOOST_AUTO_TEST_CASE(goes_on_after_any_step_to_the_same_bits) {
  const data::ImageDataset data = small_dataset();
  const models::Network network = layers(kNormalized);
  const TrainOptions o = options_of_shards(4);
  const Trained whole = run_training(network, data, o, 2);
  for (const std::int64_t k : {1, 6, 7, 13})
    BOOST_TEST((resumed_training(network, data, o, run_training(network, data, o, 2, k), k) == whole));
}

BOOST_AUTO_TEST_CASE(learns_from_samples_that_are_mixed_from_two) {
  const auto images = std::make_shared<data::ImageDataset>(small_dataset());
  const data::Augmented data(images, data::parse_augmentation("mixup", images->input_shape()));
  const models::Network network = models::mlp({24}, 5);
  const Trained whole = run_training(network, data, options_of_shards(), 1, 7);
  check_near(run_training(network, data, options_of_shards(4), 1, 7), whole, 2e-5F, "mixup");
}

BOOST_AUTO_TEST_CASE(parts_are_nearly_equal_and_have_two_samples_at_least) {
  Graph g;
  const auto lengths = [&](std::int64_t samples, std::int64_t most) {
    const Shards shards(g, samples, most);
    std::vector<std::int64_t> result;
    for (std::size_t s = 0; s < shards.count(); ++s) result.push_back(shards.length(s));
    return result;
  };
  BOOST_TEST(lengths(16, 4) == (std::vector<std::int64_t>{4, 4, 4, 4}), boost::test_tools::per_element());
  BOOST_TEST(lengths(10, 4) == (std::vector<std::int64_t>{2, 3, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(lengths(7, 8) == (std::vector<std::int64_t>{2, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(lengths(1, 8) == (std::vector<std::int64_t>{1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sums_meet_in_one_binary_tree) {
  Graph g;
  Shards shards(g, 10, 8);
  const std::vector<Value> parts = shards.cut(g.input("x", {{10}}));
  BOOST_TEST_REQUIRE(parts.size() == 5U);
  const Value total = shards.sum(parts, "total");
  const Node &root = g.node(total), &left = g.node(root.in[0]);
  BOOST_TEST(root.name == "total");
  BOOST_TEST((root.in[1] == parts[4]));  // of the second half of eight places, the only one that is taken
  BOOST_TEST((g.node(left.in[0]).in == std::vector{parts[0], parts[1]}));
  BOOST_TEST((g.node(left.in[1]).in == std::vector{parts[2], parts[3]}));
}

BOOST_AUTO_TEST_CASE(one_shard_adds_no_node) {
  const data::ImageDataset data = small_dataset();
  Store store;
  Scheduler scheduler(1);
  Graph whole, sharded;
  Trainer(layers(kNormalized), data, store, scheduler, options_of_shards()).build(whole);
  Trainer(layers(kNormalized), data, store, scheduler, options_of_shards(2)).build(sharded);
  for (std::size_t n = 0; n < whole.size(); ++n) BOOST_TEST(!whole.node(n).name.starts_with("shard."));
  BOOST_TEST(whole.parameters().size() == sharded.parameters().size());
  BOOST_TEST(sharded.size() > whole.size());
}

BOOST_AUTO_TEST_CASE(refuses_what_mixes_samples_and_what_is_no_power_of_two) {
  check_refused(mixing([](Value x) { return softmax(x, {.axis = 0}); }),
                "[shards] 'softmax' (softmax) does not say that it computes each sample alone");
  check_refused(mixing([](Value x) { return add(x, reduce_mean(x, {.axes = {0}, .keep = true})); }),
                "(sum_to) is computed from all samples and cannot be cut into shards yet");
  check_refused(mixing([](Value x) { return transpose(relu(transpose(x))); }),
                "has its samples along another axis than the first");
  const data::ImageDataset data = small_dataset();
  Store store;
  Scheduler scheduler(1);
  const auto make = [&](const TrainOptions& o) { Trainer(models::mlp({8}, 5), data, store, scheduler, o); };
  CHECK_THROWS(OptionError, make(options_of_shards(3)), "shards needs a power of two, got 3");
  TrainOptions robust = options_of_shards(2);
  robust.robust = "linf:0.1";
  CHECK_THROWS(OptionError, make(robust), "shards does not go with robust");
}

BOOST_AUTO_TEST_SUITE_END()
