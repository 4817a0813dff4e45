// Marks the calls of oneDNN that may allocate, so that a test can count every other allocation of a step.
#pragma once

namespace backflow {

/// While one lives on a thread, that thread is inside oneDNN: its execute() builds small maps of its own.
class ForeignAllocations {
 public:
  ForeignAllocations() { ++depth(); }
  ~ForeignAllocations() { --depth(); }
  ForeignAllocations(const ForeignAllocations&) = delete;
  ForeignAllocations& operator=(const ForeignAllocations&) = delete;
  static bool here() { return depth() > 0; }

 private:
  static int& depth() {
    static thread_local int value = 0;
    return value;
  }
};

}  // namespace backflow
