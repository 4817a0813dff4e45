#include <backflow/runtime/flow/memory_report.h>

#include <fmt/format.h>

#include <algorithm>

#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

constexpr std::size_t kLargest = 5;

std::size_t bytes_of(const PlanValue& v) {
  return static_cast<std::size_t>(physical_elements(v.spec.shape, v.layout)) * size_of(v.spec.type);
}

std::vector<bool> made_by_forward_nodes(const Plan& plan) {
  std::vector<bool> result(plan.values.size());
  for (const PlanNode& node : plan.nodes) {
    if (node.role != Role::forward) continue;
    for (std::size_t v : node.out) result[v] = true;
    for (const auto& [output, addends] : node.addends)
      for (std::size_t v : addends) result[v] = true;
  }
  return result;
}

void add(MemoryReport::Line& line, std::size_t bytes) {
  ++line.values;
  line.bytes += bytes;
}

std::string human(std::size_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (value >= 1 << 20) return fmt::format("{:.1f} MiB", value / (1 << 20));
  return value >= 1 << 10 ? fmt::format("{:.1f} KiB", value / (1 << 10)) : fmt::format("{} B", bytes);
}

std::string line_of(const MemoryReport::Line& l) {
  const std::string count = l.values > 1 ? fmt::format("{} values", l.values) : "";
  return fmt::format("  {:<44} {:>11}  {}\n", l.what, human(l.bytes), count);
}

}  // namespace

MemoryReport memory_report(const Plan& plan, std::size_t scratch, std::size_t workers) {
  MemoryReport::Line parameters{"parameters"}, states{"optimizer state and running statistics"}, inputs{"inputs"},
      constants{"constants"}, activations{"activations"}, gradients{"gradients"},
      passed{"tiles that are read at once and never stored"};
  const auto made_forward = made_by_forward_nodes(plan);
  MemoryReport report;
  for (std::size_t v = 0; v < plan.values.size(); ++v) {
    const PlanValue& value = plan.values[v];
    if (value.overwritten || value.view_of) continue;
    const std::size_t bytes = bytes_of(value);
    if (value.leaf == Leaf::parameter) add(parameters, bytes);
    if (value.leaf == Leaf::state) add(states, bytes);
    if (value.leaf == Leaf::input) add(inputs, bytes);
    if (value.leaf == Leaf::constant) add(constants, bytes);
    if (value.leaf == Leaf::none) add(value.local ? passed : made_forward[v] ? activations : gradients, bytes);
    report.largest.push_back({value.name, 1, bytes});
  }
  report.held = {parameters,
                 states,
                 inputs,
                 constants,
                 {"arena of all temporary values", 1, plan.arena_bytes},
                 {"blocks of the workers", workers, (plan.local_bytes + scratch) * workers}};
  report.temporary = {activations, gradients, passed};
  std::erase_if(report.held, [](const auto& l) { return l.bytes == 0; });
  for (const auto& l : report.held) report.total += l.bytes;
  std::stable_sort(report.largest.begin(), report.largest.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  report.largest.resize(std::min(report.largest.size(), kLargest));
  return report;
}

std::string to_string(const MemoryReport& report) {
  std::string text = "memory of one step\n";
  for (const auto& l : report.held) text += line_of(l);
  text += line_of({"together", 1, report.total});
  text += "temporary values, if each had a place of its own\n";
  for (const auto& l : report.temporary) text += line_of(l);
  text += "largest values\n";
  for (const auto& l : report.largest) text += line_of(l);
  return text;
}

}  // namespace backflow
