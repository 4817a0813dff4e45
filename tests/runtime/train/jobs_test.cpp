#include <backflow/runtime/train/jobs.h>

#include <thread>

#include <backflow/ops/scale.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/snapshot.h>
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

constexpr int kThreads[] = {1, 2, 4, 8};

/// 100 images: six batches of 16 and one of 4.
TrainOptions options() {
  TrainOptions o;
  o.epochs = 3;
  o.batch = 16;
  o.schedule.kind = ScheduleKind::cosine;
  return o;
}

/// Everything that a training job needs.
struct Rig {
  explicit Rig(int threads, const models::Network& network = models::mlp({24, 12}, 5)) : scheduler(threads) {
    trainer.emplace(network, data, store, scheduler, options());
    evaluator.emplace(network, test, store, scheduler, 16);
  }
  std::unique_ptr<TrainJob> job(TrainHooks hooks = {}) {
    auto inner = std::move(hooks.after_step);
    hooks.after_step = [this, inner](const StepReport& r) {
      trained.losses.push_back(r.loss);
      if (inner) inner(r);
    };
    return std::make_unique<TrainJob>(*trainer, &*evaluator, hooks);
  }
  const Trained& result() {
    trained.tensors = plain_tensors(store);
    return trained;
  }

  data::ImageDataset data = small_dataset(), test = small_dataset(40, 2);
  Store store;
  Scheduler scheduler;
  std::optional<Trainer> trainer;
  std::optional<Evaluator> evaluator;
  Trained trained;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(train_jobs)

BOOST_AUTO_TEST_CASE(training_as_a_job_gives_the_bits_of_training_step_by_step) {
  for (const models::Network& network : {models::Network(models::mlp({24, 12}, 5)), models::Network(models::cnn(5))}) {
    const Trained expected = run_training(network, small_dataset(), options());
    for (int threads : kThreads) {
      Rig rig(threads, network);
      rig.scheduler.submit(rig.job()).wait();
      BOOST_TEST((rig.result() == expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(pauses_change_no_bit) {
  const Trained expected = run_training(models::mlp({24, 12}, 5), small_dataset(), options());
  for (int threads : kThreads) {
    Rig rig(threads);
    JobHandle job = rig.scheduler.submit(rig.job());
    while (!has_ended(job.status().state)) {
      job.pause();
      std::this_thread::yield();
      job.resume();
    }
    job.wait();
    BOOST_TEST((rig.result() == expected));
  }
}

BOOST_AUTO_TEST_CASE(a_training_job_tells_how_far_it_is_and_ends_with_its_result) {
  Rig rig(2);
  std::vector<Evaluation> evaluations;
  std::vector<std::int64_t> epochs;
  JobHandle job = rig.scheduler.submit(rig.job({.after_epoch = [&](const StepReport& r, const Evaluation& e) {
    epochs.push_back(r.epoch);
    evaluations.push_back(e);
  }}));
  const JobStatus end = job.wait();
  BOOST_TEST(end.progress.done == 21);
  BOOST_TEST(end.progress.total == 21);
  BOOST_TEST((epochs == std::vector<std::int64_t>{1, 2, 3}));
  BOOST_TEST(end.progress.at("loss") == rig.trained.losses.back());
  BOOST_TEST(end.progress.at("epoch") == 3);
  BOOST_TEST(end.progress.at("test_loss") == evaluations.back().loss);
  BOOST_TEST(end.progress.at("test_accuracy") == rig.evaluator->run().accuracy);
  BOOST_TEST(rig.evaluator->run().loss == evaluations.back().loss);
  CHECK_FAILS(end.progress.at("speed"), "no metric 'speed'; there are: loss, learning_rate, epoch");
}

BOOST_AUTO_TEST_CASE(a_job_may_follow_another_one) {
  Rig rig(2);
  double accuracy = -1;
  auto evaluation = [&] {
    return std::make_unique<EvaluateJob>(*rig.evaluator, [&](const Evaluation& e) { accuracy = e.accuracy; });
  };
  const JobStatus end = rig.scheduler.submit(std::make_unique<ChainedJob>(rig.job(), evaluation)).wait();
  BOOST_TEST(end.progress.done == 21);
  BOOST_TEST(accuracy == rig.evaluator->run().accuracy);
  Rig alone(2);
  const auto none = [] { return std::unique_ptr<Job>(); };
  BOOST_TEST(alone.scheduler.submit(std::make_unique<ChainedJob>(alone.job(), none)).wait().progress.done == 21);
}

BOOST_AUTO_TEST_CASE(a_training_job_says_that_it_validates) {
  Rig rig(2);
  const JobStatus end = rig.scheduler.submit(rig.job({.validates = true})).wait();
  BOOST_TEST(end.progress.at("val_accuracy") == rig.evaluator->run().accuracy);
}

BOOST_AUTO_TEST_CASE(a_training_job_ends_where_it_is_told) {
  Rig rig(2);
  BOOST_TEST(rig.scheduler.submit(rig.job({.last_step = 5})).wait().progress.done == 5);
  BOOST_TEST(rig.trainer->steps_done() == 5);
  bool stop = false;
  const auto after = [&](const StepReport& r) { stop = r.step == 9; };
  BOOST_TEST(rig.scheduler.submit(rig.job({.after_step = after, .stop = [&] { return stop; }})).wait().progress.done ==
             9);
  rig.scheduler.submit(rig.job()).wait();
  BOOST_TEST((rig.result() == run_training(models::mlp({24, 12}, 5), small_dataset(), options())));
  CHECK_FAILS(rig.job({.last_step = -1}), "last_step needs to be ≥ 0");
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_hook_ends_the_job) {
  Rig rig(2);
  auto job = rig.scheduler.submit(rig.job({.after_step = [](const StepReport& r) { require(r.step < 4, "full"); }}),
                                  {.name = "a"});
  CHECK_FAILS(job.wait(), "job 'a': full");
  BOOST_TEST(rig.trainer->steps_done() == 4);
}

BOOST_AUTO_TEST_CASE(evaluation_as_a_job_gives_what_run_gives) {
  for (int threads : kThreads) {
    Rig rig(threads);
    const Evaluation expected = rig.evaluator->run();
    Evaluation got;
    auto job =
        rig.scheduler.submit(std::make_unique<EvaluateJob>(*rig.evaluator, [&](const Evaluation& e) { got = e; }));
    const JobStatus end = job.wait();
    BOOST_TEST(got.loss == expected.loss);
    BOOST_TEST(end.progress.at("loss") == expected.loss);
    BOOST_TEST(end.progress.at("accuracy") == expected.accuracy);
    BOOST_TEST(end.progress.done == 3);
    BOOST_TEST(end.progress.total == 3);
  }
}

BOOST_AUTO_TEST_CASE(a_flow_of_ones_own_runs_as_often_as_wanted) {
  Graph g;
  g.output("y", scale(g.input("x", {{1}}), 2));
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  std::vector<float> seen;
  const auto before = [](Flow& f, std::int64_t step) { f.input("x").as()[0] = static_cast<float>(step); };
  const auto after = [&](Flow& f, std::int64_t) {
    seen.push_back(f.scalar("y"));
    return seen.size() < 7;
  };
  scheduler.submit(std::make_unique<FlowJob>(flow, 4, before, after)).wait();
  BOOST_TEST((seen == std::vector<float>{0, 2, 4, 6}));
  const JobStatus end = scheduler.submit(std::make_unique<FlowJob>(flow, 100, before, after)).wait();
  BOOST_TEST(seen.size() == 7U);
  BOOST_TEST(end.steps == 3);
  BOOST_TEST(end.progress.total == 100);
  BOOST_TEST(scheduler.submit(std::make_unique<FlowJob>(flow, 3)).wait().steps == 3);
  CHECK_FAILS(FlowJob(flow, -1), "steps needs to be ≥ 0");
}

BOOST_AUTO_TEST_CASE(a_deferred_job_is_made_when_it_starts) {
  Rig rig(2);
  Scheduler& s = rig.scheduler;
  bool made = false;
  const auto make = [&] {
    made = true;
    return rig.job();
  };
  auto first = s.submit(std::make_unique<FlowJob>(rig.trainer->begin_step(), 0), {.name = "first"});
  DeferredJob large(1 << 30, make, 21);
  BOOST_TEST(large.memory_bytes() == std::size_t{1} << 30);
  BOOST_TEST(!made);
  JobProgress progress;
  large.report(progress);
  BOOST_TEST(progress.total == 21);
  BOOST_TEST(s.submit(std::make_unique<DeferredJob>(1, make), {.after = {first}}).wait().progress.done == 21);
  BOOST_TEST(made);
  auto bad =
      s.submit(std::make_unique<DeferredJob>(1, []() -> std::unique_ptr<Job> { fail("no file"); }), {.name = "bad"});
  CHECK_FAILS(bad.wait(), "job 'bad': no file");
}

BOOST_AUTO_TEST_SUITE_END()
