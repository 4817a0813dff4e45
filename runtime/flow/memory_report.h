// What holds how much memory while a flow runs.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <backflow/graph/error.h>

namespace backflow {

struct Plan;

struct MemoryReport {
  struct Line {
    std::string what;
    std::size_t values = 0, bytes = 0;
  };
  /// Lines that add up to `total`.
  std::vector<Line> held;
  std::size_t total = 0;
  /// Temporary values that share the arena or, tile by tile, the workers' blocks, as if each had a place of its own;
  /// and the largest single values of all kinds, largest first.
  std::vector<Line> temporary, largest;
};

/// `scratch` bytes are held by each of `workers` workers.
MemoryReport memory_report(const Plan& plan, std::size_t scratch, std::size_t workers);

/// A table as text; ends with a newline.
std::string to_string(const MemoryReport& report);

/// That something does not fit into a memory limit, with what it would hold.
class MemoryError : public Error {
 public:
  MemoryError(const std::string& what, MemoryReport report) : Error(what), report_(std::move(report)) {}
  const MemoryReport& report() const { return report_; }

 private:
  MemoryReport report_;
};

}  // namespace backflow
