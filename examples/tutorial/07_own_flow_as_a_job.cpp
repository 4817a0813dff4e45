// Any graph can be a job: here the power iteration, x ← A x / ‖A x‖, which finds the largest eigenvalue of a matrix. It
// runs next to a second one of higher priority, and stops by itself when it has converged.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include <backflow/ops/matmul.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/jobs.h>

using namespace backflow;

namespace {

constexpr std::int64_t kSize = 512;

/// A flow and what it carries from step to step.
struct PowerIteration {
  PowerIteration(Scheduler& scheduler, float largest) : x(kSize, 1.0F) {
    Graph g;
    const Value a = g.input("A", {{kSize, kSize}});
    g.output("y", matmul(a, g.input("x", {{kSize, 1}})));
    flow.emplace(g, store, scheduler, FlowOptions{.name = "power iteration"});
    // Symmetric: a diagonal from 0 to `largest`, and a little around it.
    auto values = flow->input("A").as();
    for (std::int64_t i = 0; i < kSize; ++i)
      for (std::int64_t j = 0; j < kSize; ++j)
        values[static_cast<std::size_t>(i * kSize + j)] =
            i == j ? largest * static_cast<float>(i) / (kSize - 1) : 0.01F / static_cast<float>(1 + std::abs(i - j));
  }

  void before(Flow& f) const { std::copy(x.begin(), x.end(), f.input("x").as().begin()); }

  /// False when the eigenvalue does not change any more.
  bool after(Flow& f) {
    const auto y = f.output("y");
    double sum = 0;
    for (float v : y) sum += static_cast<double>(v) * v;
    const double norm = std::sqrt(sum);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(y[i] / norm);
    return std::abs(std::exchange(eigenvalue, norm) - norm) > 1e-7 * norm;
  }

  std::unique_ptr<Job> job() {
    return std::make_unique<train::FlowJob>(
        *flow, 5000, [this](Flow& f, std::int64_t) { before(f); }, [this](Flow& f, std::int64_t) { return after(f); });
  }

  Store store;
  std::optional<Flow> flow;
  std::vector<float> x;
  double eigenvalue = 0;
};

}  // namespace

int main() {
  Scheduler scheduler;
  PowerIteration usual(scheduler, 3), urgent(scheduler, 7);
  JobHandle first = scheduler.submit(usual.job(), {.name = "usual"});
  JobHandle second = scheduler.submit(urgent.job(), {.name = "urgent", .priority = 1});
  for (auto [job, problem] : {std::pair(first, &usual), std::pair(second, &urgent)}) {
    const JobStatus end = job.wait();
    std::printf("%-7s largest eigenvalue %.4f after %ld steps, %.3f s of core time\n", end.name.c_str(),
                problem->eigenvalue, static_cast<long>(end.steps), end.busy_seconds);
  }
}
