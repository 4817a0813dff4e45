#include <backflow/runtime/train/robust_step.h>

#include <backflow/ops/batch_norm.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/evaluator.h>
#include "tests/support/graphs.h"
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

/// With batch normalisation; its layers make their parameters themselves.
Value normalized_network(Value images) {
  const Value x = reshape(images, {images.shape()[0], 64});
  const Value h = relu(batch_norm(linear(x, {.out = 24, .name = "fc1"}), {.name = "bn"}));
  return linear(h, {.out = 5, .name = "fc2"});
}

TrainOptions robust_options(RobustLoss loss, const char* threat = "linf:0.1") {
  TrainOptions o;
  o.epochs = 2, o.batch = 16;
  o.robust = threat, o.robust_loss = loss, o.attack_steps = 3;
  o.schedule.kind = ScheduleKind::cosine;
  return o;
}

constexpr std::array kLosses{RobustLoss::pgd, RobustLoss::trades, RobustLoss::free, RobustLoss::fast};

Graph& training_graph(Graph& g, const models::Network& network, const TrainOptions& options) {
  const data::ImageDataset data = small_dataset();
  Store store;
  Scheduler scheduler(1);
  Trainer(network, data, store, scheduler, options).build(g);
  return g;
}

double robust_accuracy(const TrainOptions& options, const char* threat) {
  const data::ImageDataset data = small_dataset(300), test = small_dataset(200, 2);
  const models::Network network = models::mlp({24}, 5);
  Store store;
  Scheduler scheduler(2);
  Trainer trainer(network, data, store, scheduler, options);
  while (!trainer.done()) trainer.step();
  Evaluator evaluator(network, test, store, scheduler, EvaluatorOptions{.threat = attack::parse_threat(threat)});
  const Evaluation e = evaluator.run();
  BOOST_TEST(e.robust_accuracy.value() <= e.accuracy);
  return *e.robust_accuracy;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trainer_robust)

BOOST_AUTO_TEST_CASE(gives_the_same_bits_on_any_number_of_threads) {
  const data::ImageDataset data = small_dataset();
  for (const char* threat : {"linf:0.1", "l2:0.5"})
    for (const RobustLoss loss : kLosses) BOOST_TEST_CONTEXT(threat << ' ' << name_of(loss)) {
        const TrainOptions options = robust_options(loss, threat);
        const models::Network network = loss == RobustLoss::pgd ? models::cnn(5) : models::Network(normalized_network);
        const Trained one = run_training(network, data, options);
        BOOST_TEST(one.losses.size() == (loss == RobustLoss::free ? 42U : 14U));
        BOOST_TEST(one.losses.back() < one.losses.front());
        for (int threads : {2, 4, 8}) BOOST_TEST((run_training(network, data, options, threads) == one));
      }
}

BOOST_AUTO_TEST_CASE(goes_on_after_any_step_to_the_same_bits) {
  const data::ImageDataset data = small_dataset();
  for (const RobustLoss loss : kLosses) {
    const TrainOptions options = robust_options(loss);
    const models::Network network = models::mlp({24, 12}, 5);
    const Trained whole = run_training(network, data, options, 2);
    for (const std::int64_t k : {1, 7, 8, 13}) {
      const Trained got = resumed_training(network, data, options, run_training(network, data, options, 2, k), k);
      BOOST_CHECK_MESSAGE(got == whole, name_of(loss) << " after step " << k);
    }
  }
}

BOOST_AUTO_TEST_CASE(makes_a_network_that_attacks_fool_less) {
  TrainOptions plain = robust_options(RobustLoss::pgd);
  plain.epochs = 12;
  plain.robust = "none";
  const double before = robust_accuracy(plain, "linf:0.15");
  for (const RobustLoss loss : kLosses) {
    TrainOptions o = robust_options(loss, "linf:0.15");
    o.epochs = loss == RobustLoss::free ? 4 : 12;
    const double after = robust_accuracy(o, "linf:0.15");
    BOOST_CHECK_MESSAGE(after > before + .2, name_of(loss) << ": " << after << ", without " << before);
  }
}

BOOST_AUTO_TEST_CASE(computes_parameters_gradients_and_statistics_once) {
  for (const RobustLoss loss : {RobustLoss::pgd, RobustLoss::trades, RobustLoss::fast}) {
    Graph g;
    const Plan plan = compile(training_graph(g, normalized_network, robust_options(loss)), {});
    std::map<std::string, int> kinds;
    for (const PlanNode& node : plan.nodes) {
      if (node.role == Role::update) ++kinds["update"];
      if (node.op->kind().find("weight_gradient") != std::string::npos) ++kinds["weight_gradient"];
      if (node.op->kind() == "batch_norm_sums") ++kinds["batch_norm_sums"];
      if (node.op->kind() == "ascend_in_ball") ++kinds["ascend_in_ball"];
    }
    BOOST_TEST_CONTEXT(name_of(loss)) {
      BOOST_TEST(kinds["update"] == 8);  // of six parameters, a mean and a variance
      BOOST_TEST(kinds["weight_gradient"] == 2);
      BOOST_TEST(kinds["batch_norm_sums"] == 1);
      BOOST_TEST(kinds["ascend_in_ball"] == (loss == RobustLoss::fast ? 1 : 3));
    }
  }
}

BOOST_AUTO_TEST_CASE(needs_no_more_memory_for_more_steps) {
  const data::ImageDataset data = small_dataset();
  const auto bytes = [&](std::int64_t steps) {
    TrainOptions o = robust_options(RobustLoss::pgd);
    o.attack_steps = steps;
    return static_cast<double>(Trainer::memory_bytes(models::cnn(5), data, o));
  };
  BOOST_TEST(bytes(12) < 1.1 * bytes(2));
}

BOOST_AUTO_TEST_CASE(goes_with_mixed_samples_averages_and_accumulation) {
  const data::ImageDataset data = small_dataset();
  TrainOptions o = robust_options(RobustLoss::trades);
  o.accumulate = 2, o.ema = .5F, o.clip_grad = 1, o.label_smoothing = .1F, o.optimizer = Optimizer::adam;
  o.learning_rate = 1e-3F;
  const Trained one = run_training(models::mlp({24}, 5), data, o);
  BOOST_TEST((run_training(models::mlp({24}, 5), data, o, 4) == one));
  BOOST_TEST(one.losses.back() < one.losses.front());
}

BOOST_AUTO_TEST_CASE(keeps_its_delta_out_of_the_weights) {
  const data::ImageDataset data = small_dataset();
  const Trained trained = run_training(models::mlp({8}, 5), data, robust_options(RobustLoss::free), 1, 6);
  const auto& delta = trained.tensors.at(kDeltaState);
  BOOST_TEST(delta.size() == 16U * 64);
  float largest = 0;
  for (const float d : delta) largest = std::max(largest, std::abs(d));
  BOOST_TEST(largest == .1F);
  BOOST_TEST(!is_weight(kDeltaState));
}

BOOST_AUTO_TEST_CASE(refuses_what_it_cannot_do) {
  const data::ImageDataset data = small_dataset();
  Store store;
  Scheduler scheduler(1);
  const auto make = [&](const TrainOptions& o) { Trainer(models::mlp({8}, 5), data, store, scheduler, o); };
  CHECK_THROWS(OptionError, make(robust_options(RobustLoss::pgd, "l1:3")), "robust needs NORM:RADIUS");
  TrainOptions o = robust_options(RobustLoss::free);
  o.accumulate = 2;
  CHECK_THROWS(OptionError, make(o), "accumulate does not go with robust_loss free");
  o = robust_options(RobustLoss::pgd);
  o.attack_steps = 0;
  CHECK_THROWS(OptionError, make(o), "attack_steps needs to be");
  CHECK_THROWS(OptionError, check_effects(robust_options(RobustLoss::fast), {"attack_steps"}),
               "attack_steps has no effect with robust_loss fast");
  CHECK_THROWS(OptionError, check_effects(robust_options(RobustLoss::pgd), {"trades-beta"}),
               "trades_beta has no effect with robust_loss pgd");
  CHECK_THROWS(OptionError, check_effects(TrainOptions(), {"robust_loss"}), "robust_loss has no effect without robust");
}

BOOST_AUTO_TEST_SUITE_END()
