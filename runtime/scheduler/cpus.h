// How many CPUs this process may use.
#pragma once

namespace backflow {

/// CPUs that this process may really use: affinity and cgroup quota, at least 1.
int available_cpus();

}  // namespace backflow
