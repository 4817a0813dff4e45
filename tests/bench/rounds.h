// How a benchmark program is driven: compare.py starts many and lets them run one round at a time, one after another.
#pragma once

#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <backflow/graph/error.h>

namespace backflow::bench {

using Flags = std::map<std::string, std::string>;

/// The defaults with what the command line says: --flag value.
inline Flags flags_of(int count, char** arguments, Flags flags) {
  for (int i = 1; i + 1 < count; i += 2) {
    require(flags.contains(arguments[i]), "unknown flag ", arguments[i]);
    flags[arguments[i]] = arguments[i + 1];
  }
  return flags;
}

/// The numbers of a list: "256,256".
inline std::vector<std::int64_t> widths_of(const std::string& list) {
  std::vector<std::int64_t> result;
  std::istringstream in(list);
  for (std::string width; std::getline(in, width, ',');) result.push_back(std::stoll(width));
  return result;
}

template <class Step>
double seconds_of(long steps, Step step) {
  const auto begin = std::chrono::steady_clock::now();
  for (long i = 0; i < steps; ++i) step();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Prints "ready", then answers each line of standard input, a number of steps, with the seconds they took.
/// `run(steps)` runs them.
template <class Run>
void answer_rounds(Run run) {
  std::puts("ready");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    const long steps = std::stol(line);
    run((steps + 9) / 10);  // warms caches and workers, untimed
    std::printf("%.9f\n", seconds_of(1, [&] { run(steps); }));
    std::fflush(stdout);
  }
}

/// A benchmark's main: errors become one line.
template <class Body>
int guarded(const char* program, Body body) {
  try {
    body();
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", program, e.what());
    return 1;
  }
}

}  // namespace backflow::bench
