// Counts calls of operator new, of every thread, but for those inside oneDNN (ops/onednn/allocations.h). The counting
// operator itself is in allocations_test.cpp, so it exists in one test program alone.
#pragma once

#include <atomic>
#include <cstddef>

namespace backflow {

class CountAllocations {
 public:
  CountAllocations() {
    count() = 0;
    on() = true;
  }
  ~CountAllocations() { on() = false; }
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;

  std::size_t so_far() const { return count(); }

  static std::atomic<bool>& on() {
    static std::atomic<bool> value{false};
    return value;
  }
  static std::atomic<std::size_t>& count() {
    static std::atomic<std::size_t> value{0};
    return value;
  }
};

}  // namespace backflow
