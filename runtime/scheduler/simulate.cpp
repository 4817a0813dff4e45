#include <backflow/runtime/scheduler/simulate.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

using Time = std::pair<double, std::size_t>;
using Earliest = std::priority_queue<Time, std::vector<Time>, std::greater<>>;

}  // namespace

double work_seconds(const TaskGraph& tasks) { return std::accumulate(tasks.seconds.begin(), tasks.seconds.end(), 0.0); }

double critical_path_seconds(const TaskGraph& tasks) {
  std::vector<double> end(tasks.seconds.size());
  double longest = 0;
  for (std::size_t t = 0; t < end.size(); ++t) {
    for (std::size_t b : tasks.before[t]) end[t] = std::max(end[t], end[b]);
    end[t] += tasks.seconds[t];
    longest = std::max(longest, end[t]);
  }
  return longest;
}

double simulated_seconds(const TaskGraph& tasks, int workers) {
  require(workers >= 1, "[simulate] workers needs to be ≥ 1, got ", workers);
  const std::size_t count = tasks.seconds.size();
  std::vector<std::vector<std::size_t>> followers(count);
  std::vector<std::size_t> missing(count);
  Earliest ready, running;
  for (std::size_t t = 0; t < count; ++t) {
    for (std::size_t b : tasks.before[t]) {
      require(b < t, "[simulate] task ", t, " waits for task ", b, ", which is not before it");
      followers[b].push_back(t);
    }
    missing[t] = tasks.before[t].size();
    if (missing[t] == 0) ready.emplace(0, t);
  }
  double now = 0;
  while (!ready.empty() || !running.empty()) {
    while (!ready.empty() && running.size() < static_cast<std::size_t>(workers)) {
      const std::size_t t = ready.top().second;
      ready.pop();
      running.emplace(now + tasks.seconds[t], t);
    }
    const auto [end, done] = running.top();
    running.pop();
    now = end;
    for (std::size_t f : followers[done])
      if (--missing[f] == 0) ready.emplace(now, f);
  }
  return now;
}

std::vector<ScalingEstimate> predict(const std::vector<std::shared_ptr<const FlowProfile>>& profiles) {
  std::vector<ScalingEstimate> result;
  for (int workers = 1; workers <= 64; workers *= 2) {
    ScalingEstimate p{workers, 0, 1};
    for (const auto& profile : profiles) p.seconds += simulated_seconds(profile->tasks, workers);
    if (p.seconds > 0 && !result.empty()) p.speed_up = result.front().seconds / p.seconds;
    result.push_back(p);
  }
  return result;
}

}  // namespace backflow
