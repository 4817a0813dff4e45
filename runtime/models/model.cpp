#include "runtime/models/model.h"

#include "graph/error.h"
#include "runtime/models/onnx.h"

namespace backflow {

std::unique_ptr<Model> load_model(const std::filesystem::path& path, const std::string&) {
  return std::make_unique<OnnxModel>(path);
}

Value shared_leaf(Graph& graph, Leaf leaf, const std::string& name, const Spec& spec, const Initializer& initial) {
  if (const Value found = graph.find_leaf(name)) {
    require(graph.node(found).leaf == leaf && found.spec() == spec, "[model] '", name, "' is in the graph already, as ",
            to_string(found.spec()), "; expected ", to_string(spec));
    return found;
  }
  if (leaf == Leaf::parameter) return graph.parameter(name, spec, initial);
  return leaf == Leaf::state ? graph.state(name, spec, initial) : graph.constant(name, spec, initial);
}

}  // namespace backflow
