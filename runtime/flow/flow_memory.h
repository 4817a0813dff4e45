// What a flow will hold, known before it is made.
#pragma once

#include <cstddef>

#include <backflow/graph/graph.h>
#include <backflow/runtime/flow/memory_report.h>

namespace backflow {

/// In bytes.
struct FlowMemory {
  std::size_t arena = 0;   // temporary values
  std::size_t inputs = 0;  // and constants
  std::size_t stored = 0;  // parameters and states, which flows of one store share
};

/// Compiles the graph as a Flow does, but makes no kernels and takes no memory of that size.
FlowMemory memory_of(const Graph& graph);
/// Flow::memory_report() but for the workers' blocks, known in the same way.
MemoryReport memory_report_of(const Graph& graph);

}  // namespace backflow
