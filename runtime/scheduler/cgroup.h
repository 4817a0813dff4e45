// What the control groups of this process allow it, its own and those around it: the kernel holds it to each of them.
// Internal to runtime/scheduler/.
#pragma once

#include <filesystem>

namespace backflow {

/// Where the system says it; another folder in tests. Versions 1 and 2 are read, also side by side.
struct CgroupFiles {
  std::filesystem::path groups = "/sys/fs/cgroup";
  std::filesystem::path own = "/proc/self/cgroup";
};

/// Bytes that may still be taken; files that the kernel can drop do not count as taken. Infinite where nothing is said.
double cgroup_memory(const CgroupFiles& files = {});
/// CPUs that the quotas allow. Infinite where nothing is said.
double cgroup_cpus(const CgroupFiles& files = {});

}  // namespace backflow
