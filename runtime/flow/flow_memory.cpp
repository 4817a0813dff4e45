#include <backflow/runtime/flow/flow_memory.h>

#include <backflow/runtime/compile/plan.h>

namespace backflow {

FlowMemory memory_of(const Graph& graph) {
  const Plan plan = compile(graph, {});
  FlowMemory m{plan.arena_bytes, 0, 0};
  for (const PlanValue& v : plan.values) {
    const std::size_t bytes = static_cast<std::size_t>(elements(v.spec.shape)) * size_of(v.spec.type);
    if (v.leaf == Leaf::input || v.leaf == Leaf::constant) m.inputs += bytes;
    if (v.leaf == Leaf::parameter || v.leaf == Leaf::state) m.stored += bytes;
  }
  return m;
}

MemoryReport memory_report_of(const Graph& graph) { return memory_report(compile(graph, {}), 0, 0); }

}  // namespace backflow
