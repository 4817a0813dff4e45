#include <backflow/runtime/compile/plan.h>

#include <backflow/ops/onednn/kernel_thread.h>
#include <backflow/runtime/log/message.h>

namespace backflow {
namespace {

constexpr std::size_t kMostSegments = 16;

Spec tile_spec(const PlanNode& node, const Access& access, Spec spec) {
  if (access.kind != Access::range || node.tiles == 1 || node.tiling.flat) return spec;
  auto& length = spec.shape[static_cast<std::size_t>(access.axis)];
  length = std::min(length, (node.length - 1) * access.stride + access.before + access.after + 1);
  return spec;
}

}  // namespace

Signature Plan::signature(const PlanNode& node) const {
  Signature s;
  for (std::size_t v : node.in) s.in.push_back(values[v].spec);
  for (std::size_t v : node.out) s.out.push_back(values[v].spec);
  return s;
}

Signature Plan::tile_signature(const PlanNode& node) const {
  Signature s = signature(node);
  for (std::size_t i = 0; i < s.in.size() && !node.tiling.in.empty(); ++i)
    s.in[i] = tile_spec(node, node.tiling.in[i], s.in[i]);
  for (std::size_t i = 0; i < s.out.size() && !node.tiling.out.empty(); ++i)
    s.out[i] = tile_spec(node, node.tiling.out[i], s.out[i]);
  return s;
}

std::size_t Plan::add(PlanValue value) {
  values.push_back(std::move(value));
  return values.size() - 1;
}

void Plan::erase(const std::vector<bool>& gone) {
  std::vector<PlanNode> left;
  for (std::size_t n = 0; n < nodes.size(); ++n)
    if (!gone[n]) left.push_back(std::move(nodes[n]));
  nodes = std::move(left);
}

std::size_t Plan::base(std::size_t value) const {
  while (values[value].view_of) value = *values[value].view_of;
  return value;
}

std::vector<std::optional<std::size_t>> Plan::producers() const {
  std::vector<std::optional<std::size_t>> result(values.size());
  for (std::size_t n = 0; n < nodes.size(); ++n)
    for (std::size_t v : nodes[n].out) result[v] = n;
  return result;
}

std::vector<std::vector<std::size_t>> Plan::readers() const {
  std::vector<std::vector<std::size_t>> result(values.size());
  for (std::size_t n = 0; n < nodes.size(); ++n)
    for (std::size_t v : nodes[n].in) result[v].push_back(n);
  return result;
}

namespace {

Plan compile(Plan plan, const std::map<std::string, Layout>& known, const CompileOptions& options) {
  if (options.bf16) plan = narrow(std::move(plan));
  plan = prepare(std::move(plan), options.frozen);
  plan = tile(std::move(plan));
  plan = layout(std::move(plan), known);
  if (options.frozen) plan = hoist(std::move(plan));
  plan = parts(std::move(plan));
  plan = cut(std::move(plan));
  plan = local(std::move(plan));
  return memory(std::move(plan));
}

}  // namespace

Plan compile(const Graph& graph, const std::map<std::string, Layout>& known, const CompileOptions& options) {
  const KernelThread thread;  // on which kernels will be made: oneDNN's choice of layouts depends on their number
  Plan pruned = prune(graph);
  if (options.frozen) pruned = fold(std::move(pruned));
  const Plan fused = fuse(lift(std::move(pruned)));
  Plan best = compile(fused, known, options);
  std::size_t kept = 1;
  for (std::size_t segments = 2; options.memory_limit > 0 && segments <= kMostSegments; segments *= 2) {
    if (best.arena_bytes <= options.memory_limit) break;
    Plan next = compile(recompute(fused, segments), known, options);
    if (next.arena_bytes >= best.arena_bytes) continue;
    best = std::move(next);
    kept = segments;
  }
  log::message(log::Level::debug, "compiled ", graph.size(), " nodes to ", best.nodes.size(), ", ", best.once.size(),
               " more that run once; ", options.bf16 ? "products in bf16" : "f32", "; ", best.arena_bytes,
               " bytes for temporary values, ", best.local_bytes, " more a worker",
               kept > 1 ? concat("; activations computed twice in ", kept, " segments, to meet the memory limit") : "");
  return best;
}

}  // namespace backflow
