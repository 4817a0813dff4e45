// The passes in their order.
#include <backflow/ops/onednn/kernel_thread.h>
#include <backflow/runtime/compile/plan.h>
#include <backflow/runtime/log/message.h>

namespace backflow {
namespace {

constexpr std::size_t kMaxSegments = 16;

Plan lowered(Plan plan, const std::map<std::string, Layout>& known, const CompileOptions& options) {
  if (options.bf16) plan = assign_precision(std::move(plan));
  plan = prepack(std::move(plan), options.frozen);
  plan = tile(std::move(plan));
  plan = layout(std::move(plan), known);
  if (options.frozen) plan = hoist(std::move(plan));
  plan = elide(std::move(plan));
  plan = schedule(cut(std::move(plan)));
  plan = local(std::move(plan));
  return memory(std::move(plan));
}

}  // namespace

Plan compile(Plan plan, const std::map<std::string, Layout>& known, const CompileOptions& options) {
  const KernelThread thread;  // on which kernels will be made: oneDNN's choice of layouts depends on their number
  const std::size_t nodes = plan.nodes.size();
  if (options.frozen) plan = fold(std::move(plan));
  const Plan fused = fuse(sink_mask(std::move(plan)));
  Plan best = lowered(fused, known, options);
  std::size_t kept = 1;
  for (std::size_t segments = 2; options.memory_limit > 0 && segments <= kMaxSegments; segments *= 2) {
    if (best.arena_bytes <= options.memory_limit) break;
    Plan next = lowered(recompute(fused, segments), known, options);
    if (next.arena_bytes >= best.arena_bytes) continue;
    best = std::move(next);
    kept = segments;
  }
  log::message(
      log::Level::debug, "compiled ", nodes, " nodes to ", best.nodes.size(), ", ", best.once.size(),
      " more that run once; ", options.bf16 ? "products in bf16" : "f32", "; ", best.arena_bytes,
      " bytes for temporary values, ", best.local_bytes, " more a worker",
      kept > 1 ? str_cat("; activations computed twice in ", kept, " segments, to meet the memory limit") : "");
  return best;
}

}  // namespace backflow
