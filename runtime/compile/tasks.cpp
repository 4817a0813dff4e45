// Pass 10: which tiles run as one task. A chain without branches is one task; so is a short tile and the one before it;
// a graph so small that starting a second task would cost more than it brings is one task as a whole.
#include <algorithm>

#include <backflow/runtime/compile/ancestors.h>

namespace backflow {
namespace {

constexpr double kShortNanoseconds = 8'000;
constexpr double kInlineNanoseconds = 100'000;

/// The units that must be waited for when those that others wait for already are left out.
std::vector<std::vector<std::size_t>> reduced(const Order& order) {
  const Ancestors ancestors(order);
  std::vector<std::vector<std::size_t>> result;
  for (const auto& before : order.before) result.push_back(ancestors.without_waited_for(before));
  return result;
}

double nanoseconds(const Plan& plan, const Unit& unit) {
  const PlanNode& node = plan.nodes[unit.node];
  return node.tiling.nanoseconds / static_cast<double>(node.tiles);
}

/// All units one after the other, each followed by what it has made ready: a tile is read while it is in the cache.
Tasks one_task(const Order& order) {
  std::vector<std::vector<std::size_t>> after(order.units.size());
  std::vector<std::size_t> waits(order.units.size()), ready;
  for (std::size_t u = order.units.size(); u-- > 0;) {
    waits[u] = order.before[u].size();
    for (std::size_t b : order.before[u]) after[b].push_back(u);  // the last first
    if (waits[u] == 0) ready.push_back(u);
  }
  Tasks tasks{{{}}, {{}}};
  while (!ready.empty()) {
    const std::size_t u = ready.back();
    ready.pop_back();
    tasks.units[0].push_back(u);
    for (std::size_t a : after[u])
      if (--waits[a] == 0) ready.push_back(a);
  }
  return tasks;
}

double parallelism_of(const Plan& plan, const Order& order) {
  double total = 0, longest = 1;  // a nanosecond, for a graph that does nothing
  std::vector<double> end(order.units.size());
  for (std::size_t u = 0; u < order.units.size(); ++u) {
    for (std::size_t b : order.before[u]) end[u] = std::max(end[u], end[b]);
    end[u] += nanoseconds(plan, order.units[u]);
    total += nanoseconds(plan, order.units[u]);
    longest = std::max(longest, end[u]);
  }
  return std::max(1.0, total / longest);
}

}  // namespace

Tasks tasks_of(const Plan& plan, const Order& order) {
  double total = 0;
  for (const Unit& u : order.units) total += nanoseconds(plan, u);
  if (total < kInlineNanoseconds) return one_task(order);

  const auto before = reduced(order);
  std::vector<std::size_t> followers(order.units.size());
  for (const auto& b : before)
    for (std::size_t u : b) ++followers[u];

  Tasks tasks;
  std::vector<std::size_t> task_of(order.units.size());
  for (std::size_t u = 0; u < order.units.size(); ++u) {
    const bool single = before[u].size() == 1;
    const std::size_t last = single ? before[u][0] : 0;
    const bool joins = single && tasks.units[task_of[last]].back() == last &&
                       (followers[last] == 1 || nanoseconds(plan, order.units[u]) < kShortNanoseconds);
    if (joins) {
      task_of[u] = task_of[last];
      tasks.units[task_of[u]].push_back(u);
      continue;
    }
    task_of[u] = tasks.units.size();
    tasks.units.push_back({u});
    tasks.before.emplace_back();
    for (std::size_t b : before[u]) tasks.before.back().push_back(task_of[b]);
    auto& waits = tasks.before.back();
    std::sort(waits.begin(), waits.end());
    waits.erase(std::unique(waits.begin(), waits.end()), waits.end());
  }
  return tasks;
}

Plan schedule(Plan plan) {
  plan.order = order_of(plan);
  plan.tasks = tasks_of(plan, plan.order);
  plan.parallelism = parallelism_of(plan, plan.order);
  return plan;
}

}  // namespace backflow
