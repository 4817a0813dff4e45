#include <backflow/runtime/models/layer_patterns.h>

#include <fnmatch.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::models {
namespace {

bool matches(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0 || fnmatch((pattern + "[./]*").c_str(), name.c_str(), 0) == 0;
}

}  // namespace

std::set<std::size_t> matching_layers(const DescribedNodes& nodes, const Head& head, const std::string& pattern) {
  const bool is_prefix = pattern.starts_with("to:");
  const std::string wanted = is_prefix ? pattern.substr(3) : pattern;
  std::set<std::size_t> layers;
  std::vector<std::string> names;
  for (std::size_t place = 1; place <= nodes.size(); ++place) {
    const DescribedNode& n = nodes[place - 1];
    if (n.op.empty()) continue;
    names.push_back(n.name);
    if (wanted == "backbone" ? place < head.place : matches(wanted, n.name)) layers.insert(place);
  }
  if (layers.empty()) fail(files::no_such("layer", wanted, names));
  return is_prefix ? with_sources(nodes, layers) : layers;
}

std::set<std::size_t> with_sources(const DescribedNodes& nodes, std::set<std::size_t> places) {
  for (std::size_t place = nodes.size(); place > 0; --place)
    if (places.contains(place)) places.insert(nodes[place - 1].in.begin(), nodes[place - 1].in.end());
  places.erase(0);
  return places;
}

std::set<std::string> leaves_of(const DescribedNodes& nodes, const std::set<std::size_t>& layers) {
  const std::vector<bool> fixed = only_of_leaves(nodes);
  std::vector<bool> read(nodes.size() + 1);
  for (std::size_t place = nodes.size(); place > 0; --place)
    if (layers.contains(place) || read[place])
      for (const std::size_t i : nodes[place - 1].in)
        if (fixed[i]) read[i] = true;
  std::set<std::string> leaves;
  for (std::size_t place = 1; place <= nodes.size(); ++place)
    if (read[place] && nodes[place - 1].op.empty()) leaves.insert(nodes[place - 1].name);
  return leaves;
}

}  // namespace backflow::models
