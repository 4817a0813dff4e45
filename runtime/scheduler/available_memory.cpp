#include <backflow/runtime/scheduler/available_memory.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

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

/// The number in a file; "max" and a missing file are no number.
double number_in(const std::string& file, double otherwise) {
  std::ifstream in(file);
  double number = 0;
  return in >> number ? number : otherwise;
}

}  // namespace

double available_memory() {
  const std::string group = "/sys/fs/cgroup/memory.";
  const double limit = number_in(group + "max", kUnknown), used = number_in(group + "current", 0);
  return std::min(of_system(), std::max(0.0, limit - used));
}

}  // namespace backflow
