#include <backflow/runtime/scheduler/cgroup.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace backflow {
namespace {

namespace fs = std::filesystem;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

/// The folders of the group that has `controller` and of those around it, in both versions' hierarchies. A line of
/// `own` is number:controllers:path, with no controllers in version 2. A container may see only the last of the
/// folders, so none has to be there.
std::vector<fs::path> folders_of(const std::string& controller, const CgroupFiles& files) {
  std::vector<fs::path> result;
  std::ifstream in(files.own);
  for (std::string line; std::getline(in, line);) {
    std::istringstream parts(line);
    std::string number, controllers, path;
    if (!std::getline(parts, number, ':') || !std::getline(parts, controllers, ':') || !std::getline(parts, path))
      continue;
    const bool has_it = ("," + controllers + ",").find("," + controller + ",") != std::string::npos;
    if (!has_it && !controllers.empty()) continue;
    fs::path folder = fs::path(path).lexically_normal().relative_path();
    for (bool more = true; more; folder = folder.parent_path()) {
      more = !folder.empty();
      if (has_it) result.push_back(files.groups / controllers / folder);
      if (has_it) result.push_back(files.groups / controller / folder);
      if (!has_it) result.push_back(files.groups / folder);
      if (!has_it) result.push_back(files.groups / "unified" / folder);
    }
  }
  return result;
}

/// The first number of a file; "max" and a missing file are none.
std::optional<double> number_in(const fs::path& file) {
  std::ifstream in(file);
  double number = 0;
  return in >> number ? std::optional(number) : std::nullopt;
}

/// In version 1 the totals, which have the groups inside, come after the group's own.
double droppable(const fs::path& folder) {
  std::ifstream in(folder / "memory.stat");
  std::string name;
  double result = 0;
  for (double bytes = 0; in >> name >> bytes;)
    if (name == "inactive_file" || name == "total_inactive_file") result = bytes;
  return result;
}

double memory_left(const fs::path& folder, const char* limit_file, const char* used_file) {
  const auto limit = number_in(folder / limit_file), used = number_in(folder / used_file);
  if (!limit || !used) return kNoLimit;
  return std::max(0.0, *limit - std::max(0.0, *used - droppable(folder)));
}

}  // namespace

double cgroup_memory(const CgroupFiles& files) {
  double left = kNoLimit;
  for (const fs::path& folder : folders_of("memory", files))
    left = std::min({left, memory_left(folder, "memory.max", "memory.current"),
                     memory_left(folder, "memory.limit_in_bytes", "memory.usage_in_bytes")});
  return left;
}

double cgroup_cpus(const CgroupFiles& files) {
  double cpus = kNoLimit;
  for (const fs::path& folder : folders_of("cpu", files)) {
    std::ifstream max(folder / "cpu.max");  // "max 100000" where there is no limit
    double quota = 0, period = 0;
    if (max >> quota >> period && quota > 0 && period > 0) cpus = std::min(cpus, quota / period);
    const auto old_quota = number_in(folder / "cpu.cfs_quota_us"), old_period = number_in(folder / "cpu.cfs_period_us");
    if (old_quota && old_period && *old_quota > 0 && *old_period > 0) cpus = std::min(cpus, *old_quota / *old_period);
  }
  return cpus;
}

}  // namespace backflow
