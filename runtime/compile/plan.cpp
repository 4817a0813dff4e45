#include <backflow/runtime/compile/plan.h>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

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

void Plan::require_schedule(const char* pass) const {
  require(nodes.empty() || !order.units.empty(), "[compile] ", pass, "() needs schedule() before it");
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

}  // namespace backflow
