#include <backflow/runtime/models/graph_file.h>

#include <algorithm>
#include <limits>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_graph.h>

namespace backflow::models {
namespace {

std::vector<Port> ports_of(const std::vector<OnnxPort>& from) {
  std::vector<Port> ports;
  for (const OnnxPort& p : from) ports.push_back({p.name, p.shape, to_string(p.type)});
  return ports;
}

OnnxTensor tensor_of(const KnownInput& known, OnnxType type, const std::string& name) {
  require(elements(known.shape) == static_cast<std::int64_t>(known.numbers.size()), "[onnx] input '", name,
          "' has shape ", to_string(known.shape), " and ", known.numbers.size(), " numbers");
  if (is_real(type)) {
    OnnxTensor t = onnx_floats(known.shape, {known.numbers.begin(), known.numbers.end()});
    t.type = type;
    return t;
  }
  OnnxTensor t{known.shape, nullptr, {}, type};
  constexpr double bound = 0x1p63;
  for (const double n : known.numbers)
    t.integers.push_back(n >= bound    ? std::numeric_limits<std::int64_t>::max()
                         : n <= -bound ? std::numeric_limits<std::int64_t>::min()
                                       : static_cast<std::int64_t>(n));
  return t;
}

}  // namespace

struct GraphFile::File {
  OnnxFile onnx;
};

GraphFile::GraphFile(const std::filesystem::path& path) {
  OnnxFile file = read_onnx(path);
  check_onnx_ops(file, path.string());
  turn_onnx_weights(file);
  inputs_ = ports_of(file.inputs);
  outputs_ = ports_of(file.outputs);
  file_ = std::make_unique<const File>(File{std::move(file)});
}

GraphFile::~GraphFile() = default;
GraphFile::GraphFile(GraphFile&&) noexcept = default;
GraphFile& GraphFile::operator=(GraphFile&&) noexcept = default;

std::map<std::string, Value> GraphFile::build(Graph& graph, const std::map<std::string, GivenInput>& inputs) const {
  const OnnxFile& file = file_->onnx;
  OnnxRequest request;
  std::vector<std::string> names;
  for (const OnnxPort& p : file.inputs) {
    names.push_back(p.name);
    require(inputs.contains(p.name), "[onnx] the file needs the input '", files::printable(p.name), "'");
  }
  for (const auto& [name, given] : inputs) {
    const auto port =
        std::find_if(file.inputs.begin(), file.inputs.end(), [&name = name](const auto& p) { return p.name == name; });
    const auto value = file.initializers.find(name);
    require(port != file.inputs.end() || value != file.initializers.end(), "[onnx] ",
            files::no_such("input", name, names));
    const OnnxType type = port != file.inputs.end() ? port->type : value->second.element_type();
    OnnxValue& entry = request.inputs[name];
    entry.type = type;
    if (const auto* known = std::get_if<KnownInput>(&given))
      entry.constant = tensor_of(*known, type, name);
    else
      entry.value = std::get<Value>(given);
  }
  const OnnxBuilt built = build_onnx(file, graph, std::move(request));
  std::map<std::string, Value> outputs;
  for (std::size_t i = 0; i < file.outputs.size(); ++i) {
    const OnnxValue& y = built.at(file.outputs[i].name);
    outputs[file.outputs[i].name] =
        y.constant ? onnx_constant(graph, "output." + file.outputs[i].name, *y.constant) : y.value;
  }
  return outputs;
}

}  // namespace backflow::models
