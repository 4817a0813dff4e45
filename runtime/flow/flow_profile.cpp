#include <backflow/runtime/flow/flow_profile.h>

#include <algorithm>

namespace backflow {

TaskGraph mean_step(const FlowProfile& profile) {
  TaskGraph result = profile.tasks;
  for (double& s : result.seconds) s /= static_cast<double>(std::max<std::int64_t>(1, profile.steps));
  return result;
}

}  // namespace backflow
