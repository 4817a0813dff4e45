// Whether other programs take the cores while this one wants them.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

namespace backflow {

/// How this process has had the cores so far, in seconds. What the system does not say is 0.
struct CoreUse {
  std::map<std::string, double> waited;  // of each thread: ready to run, without a core
  double stolen = 0;  // from the CPUs that this process may use, by the machine that they are part of
  double used = 0;    // of this process, and of ended processes that it started
  std::chrono::steady_clock::time_point at;
};

/// As it is now. `proc` is where the system says it; another folder in tests.
CoreUse core_use(const std::filesystem::path& proc = "/proc");

/// The share of the time of `cores` between the two, 0 … 1, that others had while threads of this process waited for a
/// core. Threads that only wait for one another, because they are more than the cores, do not count.
double share_of_others(const CoreUse& before, const CoreUse& after, int cores);

}  // namespace backflow
