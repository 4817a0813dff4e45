#include "runtime/fair_share.h"

#include <algorithm>
#include <numeric>

namespace backflow {

std::vector<std::size_t> jobs_to_start(const std::vector<Contender>& jobs, int cores) {
  std::vector<std::size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (jobs[a].priority != jobs[b].priority) return jobs[a].priority > jobs[b].priority;
    return jobs[a].served < jobs[b].served;
  });
  std::vector<std::size_t> result;
  double busy = 0;  // cores that the jobs so far keep busy
  for (std::size_t j : order) {
    const Contender &job = jobs[j], &first = jobs[order[0]];
    const bool close = job.priority == first.priority && job.served - first.served <= kLead;
    if (!job.running && !close && busy >= cores) continue;
    if (!job.running) result.push_back(j);
    busy += std::max(1.0, job.parallelism);
  }
  return result;
}

}  // namespace backflow
