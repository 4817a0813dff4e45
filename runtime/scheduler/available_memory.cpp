#include <backflow/runtime/scheduler/available_memory.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include <backflow/runtime/scheduler/cgroup.h>

namespace backflow {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();

/// MemAvailable, which the kernel gives in KiB.
double of_system() {
  std::ifstream in("/proc/meminfo");
  std::string name;
  for (double kibibytes = 0; in >> name; in.ignore(std::numeric_limits<std::streamsize>::max(), '\n'))
    if (name == "MemAvailable:" && in >> kibibytes) return 1024 * kibibytes;
  return kUnknown;
}

}  // namespace

double available_memory() { return std::min(of_system(), cgroup_memory()); }

}  // namespace backflow
