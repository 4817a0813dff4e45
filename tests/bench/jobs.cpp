// Training and dreaming at once beside one after the other, and an urgent evaluation beside a long job, on the same
// workers, interleaved. Prints medians, ratios and the shares of the cores while both ran.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/dream/dream.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/jobs.h>
#include "tests/bench/rounds.h"

using namespace backflow;

namespace {

struct Setup {
  explicit Setup(int threads, const std::string& data_name, std::int64_t steps)
      : scheduler(threads), data(data::find_dataset(data_name)), training_steps(steps) {}

  models::Network network() const { return models::cnn(data.train->class_count()); }

  std::unique_ptr<Job> training(std::int64_t steps) {
    if (!trainer || trainer->steps_done() + steps > trainer->total_steps()) {
      store.emplace();
      trainer.emplace(network(), *data.train, *store, scheduler, train::TrainOptions{.epochs = 100});
    }
    return std::make_unique<train::TrainJob>(*trainer, nullptr,
                                             train::TrainHooks{.last_step = trainer->steps_done() + steps});
  }

  std::unique_ptr<Job> dreaming(std::int64_t steps) {
    auto networks =
        std::make_shared<dream::DreamNetworks>(dream::DreamNetwork{.build =
                                                                       [network = network()](Value image) {
                                                                         return models::Classifier{network(image), {}};
                                                                       },
                                                                   .mean = data.train->standardization().mean,
                                                                   .stddev = data.train->standardization().stddev});
    dream::DreamOptions options = dream::preset("homework", 28, 28);
    options.steps = steps;
    options.variants = 16;
    return dream::Dream(networks, "class:3", options).job(scheduler);
  }

  std::unique_ptr<Job> evaluation() {
    if (!evaluator) evaluator.emplace(network(), *data.test, evaluated, scheduler);
    return std::make_unique<train::EvaluateJob>(*evaluator);
  }

  Scheduler scheduler;
  data::Split data;
  std::int64_t training_steps;
  std::optional<Store> store;
  std::optional<train::Trainer> trainer;
  Store evaluated;
  std::optional<train::Evaluator> evaluator;
};

double seconds_of_job(Scheduler& s, std::unique_ptr<Job> job, const JobOptions& options = {}) {
  return bench::seconds_of(1, [&] { s.submit(std::move(job), options).wait(); });
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

void at_once(Setup& s, int rounds, std::int64_t dream_steps) {
  std::vector<double> apart, together, training_shares;
  for (int round = 0; round < rounds; ++round) {
    apart.push_back(seconds_of_job(s.scheduler, s.training(s.training_steps)) +
                    seconds_of_job(s.scheduler, s.dreaming(dream_steps)));
    auto training = s.training(s.training_steps), dreaming = s.dreaming(dream_steps);
    std::optional<JobHandle> a, b;
    JobStatus first;
    together.push_back(bench::seconds_of(1, [&] {
      a = s.scheduler.submit(std::move(training), {.name = "training"});
      b = s.scheduler.submit(std::move(dreaming), {.name = "dreaming"});
      while (!a->wait_for(std::chrono::milliseconds(1)) && !b->wait_for(std::chrono::milliseconds(1))) {
      }
      const double t = a->status().busy_seconds, d = b->status().busy_seconds;
      training_shares.push_back(t / (t + d));
      a->wait();
      b->wait();
    }));
  }
  const double share = median(training_shares);
  std::printf("one after the other %.3f s, at once %.3f s, ratio %.3f (medians of %d rounds in turn)\n", median(apart),
              median(together), median(together) / median(apart), rounds);
  std::printf("while both ran: training had %.0f %% of the core time, dreaming %.0f %%\n", 100 * share,
              100 * (1 - share));
}

void urgent(Setup& s, int rounds) {
  std::vector<double> alone, beside;
  seconds_of_job(s.scheduler, s.evaluation());  // warms caches
  for (int round = 0; round < rounds; ++round) {
    alone.push_back(seconds_of_job(s.scheduler, s.evaluation()));
    JobHandle long_one = s.scheduler.submit(s.training(5000), {.name = "long"});
    while (long_one.status().steps < 5) long_one.wait_for(std::chrono::milliseconds(1));
    beside.push_back(seconds_of_job(s.scheduler, s.evaluation(), {.name = "urgent", .priority = 1}));
    long_one.cancel();
    try {
      long_one.wait();
    } catch (const Error&) {
      s.trainer.reset();  // its weights are torn
    }
  }
  std::printf("evaluation alone %.3f s, of high priority beside training %.3f s, ratio %.2f\n", median(alone),
              median(beside), median(beside) / median(alone));
}

}  // namespace

int main(int count, char** arguments) {
  return bench::guarded("bench_jobs", [&] {
    const auto flags = bench::flags_of(count, arguments,
                                       {{"--threads", "2"},
                                        {"--data", "fashion-mnist"},
                                        {"--rounds", "7"},
                                        {"--steps", "40"},
                                        {"--dream-steps", "100"}});
    Setup s(std::stoi(flags.at("--threads")), flags.at("--data"), std::stol(flags.at("--steps")));
    const int rounds = std::stoi(flags.at("--rounds"));
    at_once(s, rounds, std::stol(flags.at("--dream-steps")));
    urgent(s, rounds);
  });
}
