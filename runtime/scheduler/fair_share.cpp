#include <backflow/runtime/scheduler/fair_share.h>

#include <algorithm>
#include <numeric>

namespace backflow {

const std::vector<std::size_t>& StartOrder::jobs_to_start(const std::vector<Contender>& jobs, int cores) {
  order_.resize(jobs.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  // The index decides at last: a stable order without the memory that a stable sort takes.
  std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
    if (jobs[a].priority != jobs[b].priority) return jobs[a].priority > jobs[b].priority;
    if (jobs[a].served != jobs[b].served) return jobs[a].served < jobs[b].served;
    return a < b;
  });
  result_.clear();
  double busy = 0;                                    // cores that the jobs so far keep busy
  auto beside = 2 * static_cast<std::size_t>(cores);  // more at once than that would only crowd the caches
  for (const Contender& job : jobs) beside -= std::min<std::size_t>(beside, job.running);
  for (std::size_t j : order_) {
    const Contender &job = jobs[j], &first = jobs[order_[0]];
    const bool close = job.priority == first.priority && job.served - first.served <= kLead;
    if (!job.running && busy >= cores && (!close || result_.size() >= beside)) continue;
    if (!job.running) result_.push_back(j);
    busy += std::max(1.0, job.parallelism);
  }
  return result_;
}

}  // namespace backflow
