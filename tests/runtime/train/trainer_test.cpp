#include <backflow/runtime/train/trainer.h>

#include <algorithm>
#include <limits>

#include <backflow/ops/batch_norm.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/onednn/bf16_units.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/preconditions.h"
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

const std::vector<std::pair<std::string, models::Network>>& networks() {
  static const std::vector<std::pair<std::string, models::Network>> all{
      {"mlp", models::mlp({24, 12}, 5)}, {"cnn", models::cnn(5)}, {"allconv", models::allconv(5)}};
  return all;
}

/// 100 images: six batches of 16 and one of 4.
TrainOptions options() {
  TrainOptions o;
  o.epochs = 2;
  o.batch = 16;
  o.schedule.kind = ScheduleKind::cosine;
  return o;
}

void check_pinned(const models::Network& network, const std::vector<float>& expected) {
  const data::ImageDataset data = small_dataset();
  for (int threads : {1, 2, 4, 8}) {
    const auto losses = run_training(network, data, options(), threads, 10).losses;
    BOOST_TEST_REQUIRE(losses.size() == expected.size());
    for (std::size_t i = 0; i < losses.size(); ++i)
      BOOST_CHECK_MESSAGE(
          std::abs(losses[i] - expected[i]) <= 1e-5F * expected[i],
          threads << " threads, step " << i + 1 << ": " << std::hexfloat << losses[i] << ", expected " << expected[i]);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trainer)

BOOST_AUTO_TEST_CASE(gradients_of_several_batches_make_the_update_of_a_large_one) {
  const data::ImageDataset data = small_dataset(96);
  const models::Network network = models::mlp({24, 12}, 5);
  for (const Optimizer optimizer : {Optimizer::sgd, Optimizer::adam}) {
    const TrainOptions large{.epochs = 3, .batch = 48, .optimizer = optimizer, .ema = 0.5F};
    TrainOptions small = large;
    small.batch = 16;
    small.accumulate = 3;
    const Trained whole = run_training(network, data, large), parts = run_training(network, data, small);
    BOOST_TEST(parts.losses.size() == 18U);
    for (const auto& [name, values] : whole.tensors)
      for (std::size_t i = 0; i < values.size(); ++i) BOOST_REQUIRE_SMALL(values[i] - parts.tensors.at(name)[i], 2e-5F);
    for (int threads : {2, 4, 8}) BOOST_TEST((run_training(network, data, small, threads) == parts));
  }
}

BOOST_AUTO_TEST_CASE(gives_the_same_bits_on_any_number_of_threads) {
  const data::ImageDataset data = small_dataset();
  for (const auto& [name, network] : networks()) {
    BOOST_TEST_CONTEXT(name) {
      const Trained one = run_training(network, data, options());
      BOOST_TEST(one.losses.size() == 14U);
      BOOST_TEST(one.losses.back() < one.losses.front());
      for (int threads : {2, 4, 8}) BOOST_TEST((run_training(network, data, options(), threads) == one));
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_last_batch_that_batch_norm_cannot_train_before_the_first_step) {
  const data::ImageDataset data = small_dataset(33);  // two batches of 16 and one of 1
  const models::Network network = [](Value images) {
    const Value x = linear(flatten(images), {.out = 5, .name = "fc1"});
    return batch_norm(x, {.name = "bn1"});
  };
  Store store;
  Scheduler scheduler(1);
  CHECK_FAILS(Trainer(network, data, store, scheduler, options()),
              "the last batch of an epoch has 1 sample: [batch_norm] training needs more than one number");
  TrainOptions whole = options();
  whole.batch = 33;
  BOOST_CHECK_NO_THROW(Trainer(network, data, store, scheduler, whole));
}

BOOST_AUTO_TEST_CASE(goes_on_after_any_step_to_the_same_bits) {
  const data::ImageDataset data = small_dataset();
  for (const auto& [name, network] : networks()) {
    BOOST_TEST_CONTEXT(name) {
      const Trained whole = run_training(network, data, options(), 2);
      for (std::int64_t k : {0, 1, 6, 7, 13, 14}) {
        const Trained begun = k == 0 ? Trained() : run_training(network, data, options(), 2, k);
        const Trained got = resumed_training(network, data, options(), begun, k);
        BOOST_CHECK_MESSAGE(got == whole, "after step " << k);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(reports_where_it_is) {
  const data::ImageDataset data = small_dataset();
  Store store;
  Scheduler scheduler(2);
  Trainer trainer(models::mlp({8}, 5), data, store, scheduler, options());
  BOOST_TEST(trainer.total_steps() == 14);
  BOOST_TEST(trainer.steps_per_epoch() == 7);
  const Schedule schedule({.kind = ScheduleKind::cosine, .rate = 0.05F, .steps = 14, .steps_per_epoch = 7});
  for (int i = 0; i < 14; ++i) {
    const StepReport r = trainer.step();
    BOOST_TEST(r.step == i + 1);
    BOOST_TEST(r.epoch == i / 7 + 1);
    BOOST_TEST(r.samples == (i % 7 == 6 ? 4 : 16));
    BOOST_TEST(r.ends_epoch == (i % 7 == 6));
    BOOST_TEST(r.learning_rate == schedule.at(i));
  }
  BOOST_TEST(trainer.done());
  CHECK_FAILS(trainer.step(), "[train] all 14 steps are done");
}

BOOST_AUTO_TEST_CASE(trains_the_partial_last_batch) {
  const data::ImageDataset data = small_dataset();
  Store store;
  Scheduler scheduler(2);
  Trainer trainer(models::mlp({8}, 5), data, store, scheduler, options());
  for (int i = 0; i < 6; ++i) trainer.step();
  const auto before = plain_tensors(store);
  BOOST_TEST(trainer.step().samples == 4);
  const auto after = plain_tensors(store);
  for (const auto& [name, values] : after) BOOST_CHECK_MESSAGE(values != before.at(name), name << " did not change");
}

BOOST_AUTO_TEST_CASE(a_batch_larger_than_the_data_is_all_of_it) {
  const data::ImageDataset data = small_dataset();
  TrainOptions o = options();
  o.batch = 1000;
  const Trained large = run_training(models::mlp({8}, 5), data, o, 2);
  o.batch = 100;
  BOOST_TEST(large.losses.size() == 2U);
  BOOST_TEST((large == run_training(models::mlp({8}, 5), data, o, 2)));
}

BOOST_AUTO_TEST_CASE(ten_losses_of_an_mlp_are_as_they_were) {
  check_pinned(models::mlp({24, 12}, 5), {1.6086537F, 1.6519611F, 1.6066467F, 1.6443985F, 1.5066596F, 1.6348164F,
                                          1.6356523F, 1.567412F, 1.6110331F, 1.5503122F});
}

BOOST_AUTO_TEST_CASE(ten_losses_of_a_cnn_are_as_they_were) {
  check_pinned(models::cnn(5), {1.5992264F, 1.6178445F, 1.5998064F, 1.6025454F, 1.5652173F, 1.5751946F, 1.5731039F,
                                1.5435855F, 1.5250076F, 1.5333796F});
}

BOOST_AUTO_TEST_CASE(learns_to_tell_the_classes) {
  const data::ImageDataset data = small_dataset();
  for (Optimizer optimizer : {Optimizer::sgd, Optimizer::adam, Optimizer::adamw}) {
    TrainOptions o = options();
    o.epochs = 10;
    o.optimizer = optimizer;
    if (optimizer != Optimizer::sgd) o.learning_rate = 0.01F;
    BOOST_TEST(run_training(models::mlp({16}, 5), data, o, 2).losses.back() < 0.1F);
  }
}

BOOST_AUTO_TEST_CASE(every_option_of_the_optimizer_reaches_the_update) {
  const data::ImageDataset data = small_dataset();
  TrainOptions o = options();
  std::vector<std::vector<float>> seen;
  const auto differs = [&] {
    const auto losses = run_training(models::mlp({8}, 5), data, o, 1, 7).losses;
    for (const auto& other : seen) BOOST_TEST((losses != other));
    seen.push_back(losses);
  };
  differs();
  o.nesterov = true, differs();
  o.weight_decay = 0.1F, differs();
  o.momentum = 0.5F, differs();
  o.nesterov = false, o.momentum = 0, differs();
  o.optimizer = Optimizer::adam, differs();
  o.optimizer = Optimizer::adamw, differs();
  o.weight_decay = 0, differs();
  o.label_smoothing = 0.1F, differs();
  o.seed = 2, differs();
}

BOOST_AUTO_TEST_CASE(adam_and_adamw_are_one_without_weight_decay) {
  const data::ImageDataset data = small_dataset();
  TrainOptions o = options();
  o.optimizer = Optimizer::adam;
  const Trained adam = run_training(models::mlp({8}, 5), data, o);
  o.optimizer = Optimizer::adamw;
  BOOST_TEST((run_training(models::mlp({8}, 5), data, o).losses == adam.losses));
}

BOOST_AUTO_TEST_CASE(the_optimizer_has_the_state_it_needs) {
  const data::ImageDataset data = small_dataset(20);
  TrainOptions o = options();
  const auto has = [&](const std::string& name) {
    return run_training(models::mlp({}, 5), data, o, 1, 1).tensors.contains(name);
  };
  BOOST_TEST(has("fc1.weight.momentum"));
  o.momentum = 0;
  BOOST_TEST(!has("fc1.weight.momentum"));
  o.optimizer = Optimizer::adam;
  BOOST_TEST(has("fc1.weight.exp_avg"));
  BOOST_TEST(has("fc1.bias.exp_avg_sq"));
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_names_the_step) {
  const data::ImageDataset data = small_dataset();
  Store store;
  Scheduler scheduler(2);
  Trainer trainer(models::mlp({8}, 5), data, store, scheduler, options());
  trainer.step();
  trainer.step();
  Tensor bias({{5}});
  std::fill(bias.as().begin(), bias.as().end(), std::numeric_limits<float>::quiet_NaN());
  store.assign("fc2.bias", bias);
  CHECK_FAILS(trainer.step(), "[train] the loss of step 3 is nan");
  BOOST_TEST(trainer.steps_done() == 2);
}

BOOST_AUTO_TEST_CASE(refuses_options_out_of_their_range) {
  const data::ImageDataset data = small_dataset(20);
  Store store;
  Scheduler scheduler(1);
  const auto make = [&](auto change) {
    TrainOptions o = options();
    change(o);
    Trainer(models::mlp({}, 5), data, store, scheduler, o);
  };
  CHECK_FAILS(make([](TrainOptions& o) { o.epochs = 0; }), "[train] epochs needs to be in 1 … 1000000, got 0");
  CHECK_FAILS(make([](TrainOptions& o) { o.epochs = INT64_MAX; }), "epochs needs to be in 1 … 1000000, got 922");
  CHECK_FAILS(make([](TrainOptions& o) { o.batch = INT64_MAX; }), "batch needs to be in 1 … 16777216, got 922");
  CHECK_FAILS(make([](TrainOptions& o) { o.batch = 0; }), "[train] batch needs to be in 1 … 16777216, got 0");
  CHECK_FAILS(make([](TrainOptions& o) { o.learning_rate = 0; }), "[train] learning_rate needs to be above 0, got 0");
  CHECK_FAILS(make([](TrainOptions& o) { o.momentum = 1; }), "[train] momentum needs to be in [0, 1), got 1");
  CHECK_FAILS(make([](TrainOptions& o) { o.nesterov = true, o.momentum = 0; }), "nesterov needs a momentum above 0");
  CHECK_FAILS(make([](TrainOptions& o) { o.learning_rate = std::numeric_limits<float>::infinity(); }), "got inf");
  Trainer trainer(models::mlp({}, 5), data, store, scheduler, options());
  CHECK_FAILS(trainer.resume(5), "[train] cannot go on after step 5 of 4");
  CHECK_FAILS(trainer.resume(-1), "[train] cannot go on after step -1 of 4");
}

BOOST_AUTO_TEST_CASE(in_bf16_gives_the_same_bits_on_any_number_of_threads_and_after_a_pause, *needs_bf16()) {
  const data::ImageDataset data = small_dataset();
  TrainOptions o = options();
  for (const Optimizer optimizer : {Optimizer::sgd, Optimizer::adam})
    for (const auto& [name, network] : networks()) {
      BOOST_TEST_CONTEXT(name) {
        o.optimizer = optimizer;
        o.learning_rate = optimizer == Optimizer::sgd ? 0.05F : 0.002F;
        o.precision = Precision::f32;
        const Trained wide = run_training(network, data, o);
        o.precision = Precision::bf16;
        const Trained one = run_training(network, data, o);
        BOOST_TEST((one.losses != wide.losses));
        for (std::size_t i = 0; i < one.losses.size(); ++i)
          BOOST_TEST(std::abs(one.losses[i] - wide.losses[i]) < 0.05F * (wide.losses[i] + 0.1F));
        for (int threads : {2, 4, 8}) BOOST_TEST((run_training(network, data, o, threads) == one));
        // Another trainer knows the weights alone, and makes its own copies of them.
        Store store;
        Scheduler scheduler(2);
        Trained rest;
        for (std::int64_t done : {0, 5}) {
          Trainer trainer(network, data, store, scheduler, o);
          trainer.resume(done);
          while (trainer.steps_done() < (done == 0 ? 5 : trainer.total_steps()))
            rest.losses.push_back(trainer.step().loss);
        }
        rest.tensors = plain_tensors(store);
        BOOST_TEST((rest == one));
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
