#include <backflow/runtime/models/model.h>

#include <algorithm>
#include <array>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/runtime/files/input_file.h>
#include <backflow/runtime/files/safetensors_index.h>
#include <backflow/runtime/models/onnx/onnx.h>
#include <backflow/runtime/models/safetensors_model.h>

namespace backflow::models {
namespace {

/// Safetensors begin with the length of their header, which is far below 2³² and begins with {.
bool is_safetensors(const std::filesystem::path& path) {
  files::InputFile in(path);
  std::array<std::byte, 9> start{};
  if (in.bytes() < start.size()) return false;
  in.read(start);
  return std::all_of(start.begin() + 4, start.begin() + 8, [](std::byte b) { return b == std::byte{0}; }) &&
         start[8] == std::byte{'{'};
}

}  // namespace

std::unique_ptr<Model> load_model(const std::filesystem::path& path, const std::string& arch) {
  if (is_safetensors(path)) return std::make_unique<SafetensorsModel>(path, files::read_safetensors(path), arch);
  if (files::is_safetensors_index(path))
    return std::make_unique<SafetensorsModel>(path, files::read_safetensors_index(path), arch);
  auto model = std::make_unique<OnnxModel>(path);
  require(arch.empty(), "[model] ", path.string(), " is an ONNX file, which has its own architecture, not '", arch,
          "'");
  return model;
}

Value shared_leaf(Graph& graph, Leaf leaf, const std::string& name, const Spec& spec, const Initializer& initial) {
  if (const Value found = graph.find_leaf(name)) {
    require(graph.node(found).leaf == leaf && found.spec() == spec, "[model] '", printable(name),
            "' is in the graph already, as ", to_string(found.spec()), "; expected ", to_string(spec));
    return found;
  }
  if (leaf == Leaf::parameter) return graph.parameter(name, spec, initial);
  return leaf == Leaf::state ? graph.state(name, spec, initial) : graph.constant(name, spec, initial);
}

}  // namespace backflow::models
