#include <backflow/runtime/scheduler/other_programs.h>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

namespace backflow {
namespace {

namespace fs = std::filesystem;

double seconds_of(int who) {
  rusage use{};
  if (getrusage(who, &use) != 0) return 0;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

/// Of each thread the second number of its file schedstat, in nanoseconds:
/// https://docs.kernel.org/scheduler/sched-stats.html
std::map<std::string, double> waited(const fs::path& proc) {
  std::map<std::string, double> result;
  std::error_code error;
  for (fs::directory_iterator thread(proc / "self/task", error), end; !error && thread != end;
       thread.increment(error)) {
    std::ifstream file(thread->path() / "schedstat");
    double ran = 0, waiting = 0;
    if (file >> ran >> waiting) result[thread->path().filename().string()] = 1e-9 * waiting;
  }
  return result;
}

/// The eighth number of the lines "cpu0 …", in ticks: man 5 proc.
double stolen(const fs::path& proc) {
  cpu_set_t own;
  if (sched_getaffinity(0, sizeof own, &own) != 0) return 0;
  std::ifstream file(proc / "stat");
  double ticks = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.size() < 4 || !line.starts_with("cpu") || std::isdigit(static_cast<unsigned char>(line[3])) == 0) continue;
    std::istringstream words(line.substr(3));
    std::size_t cpu = 0;
    double number = 0;
    words >> cpu;
    for (int i = 0; i < 8; ++i) words >> number;
    if (words && cpu < CPU_SETSIZE && CPU_ISSET(cpu, &own)) ticks += number;
  }
  return ticks / static_cast<double>(std::max(1L, sysconf(_SC_CLK_TCK)));
}

}  // namespace

CoreUse core_use(const fs::path& proc) {
  return {waited(proc), stolen(proc), seconds_of(RUSAGE_SELF) + seconds_of(RUSAGE_CHILDREN),
          std::chrono::steady_clock::now()};
}

double share_of_others(const CoreUse& before, const CoreUse& after, int cores) {
  double waiting = after.stolen - before.stolen;
  for (const auto& [thread, seconds] : after.waited) {
    const auto earlier = before.waited.find(thread);
    waiting += seconds - (earlier == before.waited.end() ? 0 : earlier->second);
  }
  const double all = cores * std::chrono::duration<double>(after.at - before.at).count();
  if (all <= 0) return 0;
  return std::clamp(std::min(waiting, all - (after.used - before.used)) / all, 0.0, 1.0);
}

}  // namespace backflow
