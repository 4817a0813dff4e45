#include <backflow/runtime/train/fit.h>

#include <backflow/ops/linear.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/train/run_folder.h>
#include "tests/support/files.h"
#include "tests/support/preconditions.h"
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

Value own_network(Value images) {
  return linear(relu(linear(flatten(images), {.out = 16, .name = "fc1"})), {.out = 5, .name = "fc2"});
}

data::Split small_split() {
  data::Split split{.train = std::make_shared<data::ImageDataset>(small_dataset(200)),
                    .test = std::make_shared<data::ImageDataset>(small_dataset(50))};
  return data::hold_out(std::move(split), 0.2);
}

TrainOptions options() {
  TrainOptions o{.epochs = 4, .batch = 16, .optimizer = Optimizer::adam, .learning_rate = 0.01F, .ema = 0.9F};
  o.schedule.kind = ScheduleKind::cosine;
  return o;
}

/// A run with what it refers to.
struct Ran {
  std::unique_ptr<Scheduler> scheduler;
  std::unique_ptr<Store> store;
  std::unique_ptr<Fit> fit;
  const Fit* operator->() const { return fit.get(); }
};

Ran run_fit(const FitOptions& run, const TrainOptions& o = options(), const FitHooks& hooks = {}, int threads = 2) {
  Ran ran{std::make_unique<Scheduler>(threads), std::make_unique<Store>(1), nullptr};
  ran.fit = fit(own_network, small_split(), *ran.store, *ran.scheduler, o, run, hooks);
  return ran;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fit_)

BOOST_AUTO_TEST_CASE(a_run_that_stopped_goes_on_to_the_same_files) {
  const TemporaryFolder folder;
  const auto whole = run_fit({.out = folder / "whole", .checkpoint_every = 3});
  BOOST_TEST(whole->complete());
  BOOST_TEST(whole->best().epoch() > 0);
  BOOST_REQUIRE(whole->test());

  int steps = 0;
  const FitHooks stopping{.after_step = [&](const StepReport&) { ++steps; }, .stop = [&] { return steps >= 13; }};
  const auto stopped = run_fit({.out = folder / "parts", .checkpoint_every = 3}, options(), stopping);
  BOOST_TEST(stopped->stopped());
  BOOST_TEST(!stopped->test());
  for (const int threads : {1, 4})
    run_fit({.out = folder / "parts", .resume = true, .checkpoint_every = 3, .last_step = threads == 1 ? 20 : 0},
            options(), {}, threads);
  for (const char* name : {kModel, kAverage, kBest, kCheckpoint, "report.json", "report.txt"})
    BOOST_TEST((read_bytes(folder / "whole" / name) == read_bytes(folder / "parts" / name)), name << " differs");
}

BOOST_AUTO_TEST_CASE(without_a_folder_the_result_is_the_same) {
  const TemporaryFolder folder;
  const auto with = run_fit({.out = folder / "run"}), without = run_fit({});
  BOOST_TEST(with->best().epoch() == without->best().epoch());
  BOOST_TEST(with->test()->text() == without->test()->text());
  for (const auto& [name, tensor] : with->weights().tensors())
    if (is_weight(name))
      BOOST_TEST(with->weights().plain(name).as() == without->weights().plain(name).as(),
                 boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_files_are_a_model) {
  const TemporaryFolder folder;
  run_fit({.out = folder / "run"});
  const auto model = models::load_model(folder / "run" / kBest);
  BOOST_TEST(model->classes() == 5);
}

BOOST_AUTO_TEST_CASE(patience_ends_a_run_that_gets_no_better) {
  TrainOptions o = options();
  o.epochs = 50;
  o.learning_rate = 1e-12F;
  std::vector<std::int64_t> epochs;
  const auto run = run_fit({.monitor = Monitor::accuracy, .patience = 2}, o,
                           {.after_epoch = [&](const EpochReport& r) { epochs.push_back(r.last.epoch); }});
  BOOST_TEST(run->is_over());
  BOOST_TEST(epochs.size() == 3U);
}

BOOST_AUTO_TEST_CASE(other_runs_are_not_replaced) {
  const TemporaryFolder folder;
  const FitOptions run{.out = folder / "run"};
  run_fit(run);
  CHECK_FAILS(run_fit(run), "has the results of another run: resume goes on with it, overwrite replaces it");
  TrainOptions other = options();
  other.learning_rate = 0.02F;
  FitOptions again = run;
  again.resume = true;
  CHECK_FAILS(run_fit(again, other), "is of a run with another 'lr'; overwrite replaces it");
  again = run;
  again.overwrite = true;
  BOOST_TEST(run_fit(again, other)->complete());
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_said) {
  Store store(1);
  Scheduler scheduler(1);
  CHECK_FAILS(fit(own_network, {}, store, scheduler), "there are no training samples");
  const data::Split alone{.train = std::make_shared<data::ImageDataset>(small_dataset(20))};
  CHECK_FAILS(fit(own_network, alone, store, scheduler, {}, {.patience = 1}),
              "patience needs samples to validate with");
  CHECK_FAILS(run_fit({.patience = -1}), "need to be ≥ 0");
  BOOST_TEST(fit(own_network, alone, store, scheduler, {.epochs = 1})->complete());  // nothing to measure
}

BOOST_AUTO_TEST_SUITE_END()
