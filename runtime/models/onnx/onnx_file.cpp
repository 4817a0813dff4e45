#include <backflow/runtime/models/onnx/onnx_file.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>

#ifdef BACKFLOW_ONNX
#include <backflow/runtime/files/file_bytes.h>
#include <backflow/runtime/models/onnx/onnx_proto.h>
#endif

namespace backflow::models {
namespace {

template <class T>
T value_or(const OnnxNode& node, const std::string& attribute, T fallback) {
  const auto found = node.attributes.find(attribute);
  if (found == node.attributes.end()) return fallback;
  const T* value = std::get_if<T>(&found->second);
  require(value != nullptr, node.where(), " attribute '", attribute, "' has a wrong type");
  return *value;
}

}  // namespace

std::int64_t OnnxNode::integer(const std::string& a, std::int64_t fallback) const {
  return value_or(*this, a, fallback);
}
float OnnxNode::number(const std::string& a, float fallback) const { return value_or(*this, a, fallback); }
std::string OnnxNode::text(const std::string& a, const std::string& fallback) const {
  return value_or(*this, a, fallback);
}
std::vector<std::int64_t> OnnxNode::integers(const std::string& a) const {
  return value_or(*this, a, std::vector<std::int64_t>());
}
std::vector<float> OnnxNode::floats(const std::string& a) const { return value_or(*this, a, std::vector<float>()); }
std::string OnnxNode::where() const {
  return "[onnx] node '" + files::printable(name.empty() && !out.empty() ? out[0] : name) + "' (" +
         files::printable(op) + ")";
}

#ifdef BACKFLOW_ONNX

namespace {

using onnx_proto::ExternalData;
using onnx_proto::tensor_of;

OnnxNode::Attribute attribute_of(const onnx::AttributeProto& a, const std::string& what, ExternalData& external) {
  switch (a.type()) {
    case onnx::AttributeProto::INT:
      return a.i();
    case onnx::AttributeProto::FLOAT:
      return a.f();
    case onnx::AttributeProto::STRING:
      return a.s();
    case onnx::AttributeProto::INTS:
      return std::vector<std::int64_t>(a.ints().begin(), a.ints().end());
    case onnx::AttributeProto::FLOATS:
      return std::vector<float>(a.floats().begin(), a.floats().end());
    case onnx::AttributeProto::TENSOR:
      return tensor_of(a.t(), what + "'s attribute '" + files::printable(a.name()) + "'", external);
    default:
      return std::monostate();
  }
}

OnnxNode node_of(const onnx::NodeProto& n, ExternalData& external) {
  OnnxNode node{
      n.op_type(), n.name(), {n.input().begin(), n.input().end()}, {n.output().begin(), n.output().end()}, {}};
  if (!n.domain().empty() && n.domain() != "ai.onnx") node.op = n.domain() + "::" + node.op;
  for (const auto& a : n.attribute())
    node.attributes[a.name()] = attribute_of(a, "node '" + files::printable(n.name()) + "'", external);
  return node;
}

OnnxPort port_of(const onnx::ValueInfoProto& v) {
  const auto& tensor = v.type().tensor_type();
  OnnxPort port{v.name(), {}, static_cast<OnnxType>(tensor.elem_type())};
  for (const auto& d : tensor.shape().dim())
    port.shape.push_back(d.has_dim_value() && d.dim_value() > 0 ? d.dim_value() : -1);
  return port;
}

}  // namespace

OnnxFile read_onnx(const std::filesystem::path& path) {
  const auto bytes = files::file_bytes(path, kMaxElements - 1);
  onnx::ModelProto model;
  const bool parsed = model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  require(parsed && model.has_graph() && model.graph().node_size() > 0, "[onnx] ", path.string(),
          " is truncated, or neither an ONNX model nor a safetensors file");
  onnx_proto::expand_functions(model);
  const onnx::GraphProto& graph = model.graph();
  require(graph.sparse_initializer_size() == 0, "[onnx] ", path.string(),
          " has sparse weights, which are not supported");
  OnnxFile file;
  ExternalData external(path);
  for (const auto& o : model.opset_import())
    if (o.domain().empty() || o.domain() == "ai.onnx") file.opset = o.version();
  for (const auto& entry : model.metadata_props()) file.metadata[entry.key()] = entry.value();
  for (const auto& t : graph.initializer())
    file.initializers[t.name()] = tensor_of(t, "'" + files::printable(t.name()) + "'", external);
  for (const auto& v : graph.input())
    if (!file.initializers.contains(v.name())) file.inputs.push_back(port_of(v));
  for (const auto& v : graph.output()) file.outputs.push_back(port_of(v));
  for (const auto& n : graph.node()) file.nodes.push_back(node_of(n, external));
  return file;
}

#else

OnnxFile read_onnx(const std::filesystem::path& path) {
  fail("[onnx] cannot read ", path.string(), ": this library was built without ONNX (BACKFLOW_ONNX=OFF)");
}

#endif

}  // namespace backflow::models
