// How long the tasks of a flow took, for reports and predictions.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace backflow {

/// Tasks with the times that they take, and which must have ended before which.
struct TaskGraph {
  std::vector<double> seconds;                   // of each task
  std::vector<std::vector<std::size_t>> before;  // for each task those that must have ended; earlier ones alone
};

/// Times of one flow, summed over the steps that it ran.
struct FlowProfile {
  std::string name;
  TaskGraph tasks;         // seconds are sums over all steps
  std::int64_t steps = 0;  // that were measured
  /// Of each tile, and of each part of the prefetch: the kind of its node and what it took.
  std::vector<std::pair<std::string, double>> kinds = {};
};

/// The graph of one step, with the mean times.
TaskGraph mean_step(const FlowProfile& profile);

}  // namespace backflow
