#include <backflow/runtime/scheduler/cpus.h>

#include <sched.h>

#include <algorithm>
#include <cmath>

#include <backflow/runtime/scheduler/cgroup.h>

namespace backflow {

int available_cpus() {
  cpu_set_t set;
  int cpus = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) cpus = CPU_COUNT(&set);
  return static_cast<int>(std::max(1.0, std::min<double>(cpus, std::ceil(cgroup_cpus()))));
}

}  // namespace backflow
