#include <backflow/runtime/models/onnx/onnx_file.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>

#ifdef BACKFLOW_ONNX
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include <backflow/runtime/files/file_bytes.h>
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
std::string OnnxNode::where() const {
  return "[onnx] node '" + files::printable(name.empty() && !out.empty() ? out[0] : name) + "' (" +
         files::printable(op) + ")";
}

#ifdef BACKFLOW_ONNX

namespace {

using onnx::TensorProto;

/// IEEE half precision.
float float_of_half(std::uint16_t bits) {
  const float sign = bits & 0x8000 ? -1 : 1;
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 31) return fraction ? NAN : sign * INFINITY;
  return sign * (exponent ? std::ldexp(1024.0F + static_cast<float>(fraction), exponent - 25)
                          : std::ldexp(static_cast<float>(fraction), -24));
}

float float_of_bfloat16(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  float value = 0;
  std::memcpy(&value, &wide, 4);
  return value;
}

/// Little-endian elements of type Raw, as those of T.
template <class Raw, class T, class Convert>
std::vector<T> from_raw(const std::string& raw, const Convert& convert) {
  std::vector<T> values(raw.size() / sizeof(Raw));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Raw element;
    std::memcpy(&element, raw.data() + i * sizeof(Raw), sizeof(Raw));
    values[i] = convert(element);
  }
  return values;
}

template <class T, class Raw, class Field>
std::vector<T> values_of(const TensorProto& t, const Field& field) {
  const auto convert = [](auto v) { return static_cast<T>(v); };
  if (t.has_raw_data()) return from_raw<Raw, T>(t.raw_data(), convert);
  std::vector<T> values;
  for (auto v : field) values.push_back(convert(v));
  return values;
}

template <class Convert>
std::vector<float> halves_of(const TensorProto& t, const Convert& convert) {
  if (t.has_raw_data()) return from_raw<std::uint16_t, float>(t.raw_data(), convert);
  std::vector<float> values;
  for (auto v : t.int32_data()) values.push_back(convert(static_cast<std::uint16_t>(v)));
  return values;
}

void read_values(const TensorProto& t, const std::string& what, OnnxTensor& result) {
  auto floats = [&](std::vector<float> v) { result.floats = std::make_shared<const std::vector<float>>(std::move(v)); };
  using Integer = std::int64_t;
  switch (t.data_type()) {
    case TensorProto::FLOAT:
      return floats(values_of<float, float>(t, t.float_data()));
    case TensorProto::DOUBLE:
      return floats(values_of<float, double>(t, t.double_data()));
    case TensorProto::FLOAT16:
      return floats(halves_of(t, float_of_half));
    case TensorProto::BFLOAT16:
      return floats(halves_of(t, float_of_bfloat16));
    case TensorProto::INT64:
      result.integers = values_of<Integer, std::int64_t>(t, t.int64_data());
      return;
    case TensorProto::INT32:
      result.integers = values_of<Integer, std::int32_t>(t, t.int32_data());
      return;
    case TensorProto::UINT8:
    case TensorProto::BOOL:
      result.integers = values_of<Integer, std::uint8_t>(t, t.int32_data());
      return;
    case TensorProto::INT8:
      result.integers = values_of<Integer, std::int8_t>(t, t.int32_data());
      return;
    default:
      fail("[onnx] ", what, " has elements of type ", TensorProto::DataType_Name(t.data_type()),
           "; floats and integers are supported");
  }
}

OnnxTensor tensor_of(const TensorProto& t, const std::string& what) {
  require(t.data_location() != TensorProto::EXTERNAL && t.external_data_size() == 0, "[onnx] ", what,
          " is kept in another file; export the model as one file");
  OnnxTensor result{{t.dims().begin(), t.dims().end()}, nullptr, {}};
  require(result.shape.size() <= kMaxAxes, "[onnx] ", what, " has ", result.shape.size(), " axes, at most ", kMaxAxes,
          " are supported");
  const bool sensible = std::none_of(result.shape.begin(), result.shape.end(), [](auto d) { return d < 0; });
  const std::int64_t count = elements(result.shape);
  require(sensible && count <= kMaxElements, "[onnx] ", what, " has the impossible shape ", to_string(result.shape));
  read_values(t, what, result);
  const std::size_t found = result.is_integer() ? result.integers.size() : result.floats->size();
  require(found == static_cast<std::size_t>(count), "[onnx] ", what, " has shape ", to_string(result.shape), " but ",
          found, " values");
  return result;
}

OnnxNode::Attribute attribute_of(const onnx::AttributeProto& a, const std::string& what) {
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
      return tensor_of(a.t(), what + "'s attribute '" + files::printable(a.name()) + "'");
    default:
      return std::monostate();
  }
}

OnnxNode node_of(const onnx::NodeProto& n) {
  OnnxNode node{
      n.op_type(), n.name(), {n.input().begin(), n.input().end()}, {n.output().begin(), n.output().end()}, {}};
  if (!n.domain().empty() && n.domain() != "ai.onnx") node.op = n.domain() + "::" + node.op;
  for (const auto& a : n.attribute())
    node.attributes[a.name()] = attribute_of(a, "node '" + files::printable(n.name()) + "'");
  return node;
}

OnnxInput input_of(const onnx::ValueInfoProto& v) {
  OnnxInput input{v.name(), {}};
  for (const auto& d : v.type().tensor_type().shape().dim())
    input.shape.push_back(d.has_dim_value() && d.dim_value() > 0 ? d.dim_value() : -1);
  return input;
}

}  // namespace

OnnxFile read_onnx(const std::filesystem::path& path) {
  const auto bytes = files::file_bytes(path, kMaxElements - 1);
  onnx::ModelProto model;
  const bool parsed = model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  require(parsed && model.has_graph() && model.graph().node_size() > 0, "[onnx] ", path.string(),
          " is truncated, or neither an ONNX model nor a safetensors file");
  const onnx::GraphProto& graph = model.graph();
  require(graph.sparse_initializer_size() == 0, "[onnx] ", path.string(),
          " has sparse weights, which are not supported");
  OnnxFile file;
  for (const auto& o : model.opset_import())
    if (o.domain().empty() || o.domain() == "ai.onnx") file.opset = o.version();
  for (const auto& t : graph.initializer())
    file.initializers[t.name()] = tensor_of(t, "'" + files::printable(t.name()) + "'");
  for (const auto& v : graph.input())
    if (!file.initializers.contains(v.name())) file.inputs.push_back(input_of(v));
  for (const auto& v : graph.output()) file.outputs.push_back(v.name());
  for (const auto& n : graph.node()) file.nodes.push_back(node_of(n));
  return file;
}

#else

OnnxFile read_onnx(const std::filesystem::path& path) {
  fail("[onnx] cannot read ", path.string(), ": this library was built without ONNX (BACKFLOW_ONNX=OFF)");
}

#endif

}  // namespace backflow::models
