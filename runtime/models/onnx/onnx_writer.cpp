#include <backflow/runtime/models/onnx/onnx_writer.h>

#include <backflow/graph/error.h>

#ifdef BACKFLOW_ONNX
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/log/version.h>
#include <backflow/runtime/models/onnx/onnx_proto.h>
#endif

namespace backflow::models {

#ifdef BACKFLOW_ONNX

namespace {

constexpr std::int64_t kNewerFormat = 15;   // the first opset that came with version 8 of the format
constexpr std::size_t kSmallTensor = 1024;  // bytes that stay in the file, as onnx.save does
constexpr std::size_t kMaxMessage = (std::size_t{1} << 31) - (std::size_t{1} << 24);  // protobuf's, less room for nodes

std::string_view bytes_of(const OnnxTensor& t) {
  if (t.is_integer())
    return {reinterpret_cast<const char*>(t.integers.data()), t.integers.size() * sizeof(std::int64_t)};
  return {reinterpret_cast<const char*>(t.floats->data()), t.floats->size() * sizeof(float)};
}

void describe_tensor(const OnnxTensor& t, const std::string& name, onnx::TensorProto& out) {
  out.set_name(name);
  out.set_data_type(t.is_integer() ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT);
  for (const std::int64_t n : t.shape) out.add_dims(n);
}

void fill_attribute(const std::string& name, const OnnxNode::Attribute& value, onnx::AttributeProto& out) {
  out.set_name(name);
  if (const auto* i = std::get_if<std::int64_t>(&value)) {
    out.set_type(onnx::AttributeProto::INT);
    out.set_i(*i);
  } else if (const auto* f = std::get_if<float>(&value)) {
    out.set_type(onnx::AttributeProto::FLOAT);
    out.set_f(*f);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    out.set_type(onnx::AttributeProto::STRING);
    out.set_s(*text);
  } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    out.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t n : *list) out.add_ints(n);
  } else if (const auto* floats = std::get_if<std::vector<float>>(&value)) {
    out.set_type(onnx::AttributeProto::FLOATS);
    for (const float v : *floats) out.add_floats(v);
  } else if (const auto* tensor = std::get_if<OnnxTensor>(&value)) {
    out.set_type(onnx::AttributeProto::TENSOR);
    describe_tensor(*tensor, "", *out.mutable_t());
    out.mutable_t()->set_raw_data(std::string(bytes_of(*tensor)));
  }
}

void fill_node(const OnnxNode& node, onnx::NodeProto& out) {
  for (const std::string& name : node.in) out.add_input(name);
  for (const std::string& name : node.out) out.add_output(name);
  out.set_name(node.name);
  out.set_op_type(node.op);
  for (const auto& [name, value] : node.attributes) fill_attribute(name, value, *out.add_attribute());
}

void fill_port(const OnnxPort& port, onnx::ValueInfoProto& out) {
  out.set_name(port.name);
  auto& type = *out.mutable_type()->mutable_tensor_type();
  type.set_elem_type(static_cast<std::int32_t>(port.type));
  auto& shape = *type.mutable_shape();
  for (const std::int64_t n : port.shape) {
    auto& length = *shape.add_dim();
    n < 0 ? length.set_dim_param("N") : length.set_dim_value(n);
  }
}

/// The file beside the model that holds large weights.
class OnnxDataFile {
 public:
  explicit OnnxDataFile(const std::filesystem::path& path) : file_(path), name_(path.filename().string()) {}

  void add(std::string_view bytes, onnx::TensorProto& t) {
    const auto entry = [&t](const char* key, const std::string& value) {
      auto& e = *t.add_external_data();
      e.set_key(key);
      e.set_value(value);
    };
    t.set_data_location(onnx::TensorProto::EXTERNAL);
    entry("location", name_);
    entry("offset", std::to_string(offset_));
    entry("length", std::to_string(bytes.size()));
    file_.write(bytes);
    offset_ += bytes.size();
  }
  void commit() { file_.commit(); }

 private:
  files::AtomicFile file_;
  std::string name_;
  std::uint64_t offset_ = 0;
};

void fill_weights(const OnnxFile& file, const std::filesystem::path& path, OnnxDataFile* data,
                  onnx::GraphProto& graph) {
  std::size_t inside = 0;
  for (const auto& [name, tensor] : file.initializers) {
    onnx::TensorProto& t = *graph.add_initializer();
    describe_tensor(tensor, name, t);
    const std::string_view bytes = bytes_of(tensor);
    if (data && bytes.size() >= kSmallTensor) {
      data->add(bytes, t);
      continue;
    }
    inside += bytes.size();
    require(inside <= kMaxMessage, "[onnx] ", path.string(),
            " would be larger than 2 GiB, which an ONNX file cannot be; "
            "external data would do");
    t.set_raw_data(std::string(bytes));
  }
}

}  // namespace

void write_onnx_file(const OnnxFile& file, const std::filesystem::path& path, bool external_data) {
  std::filesystem::path beside = path;
  beside += ".data";
  files::AtomicFile out(path);
  std::optional<OnnxDataFile> data;
  if (external_data) data.emplace(beside);
  onnx::ModelProto model;
  model.set_ir_version(file.opset >= kNewerFormat ? 8 : 7);
  model.set_producer_name("backflow");
  model.set_producer_version(version());
  model.add_opset_import()->set_version(file.opset);
  model.mutable_opset_import(0)->set_domain("");
  for (const auto& [key, value] : file.metadata) {
    auto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("backflow");
  for (const OnnxNode& n : file.nodes) fill_node(n, *graph.add_node());
  for (const OnnxPort& p : file.inputs) fill_port(p, *graph.add_input());
  for (const OnnxPort& p : file.outputs) fill_port(p, *graph.add_output());
  fill_weights(file, path, data ? &*data : nullptr, graph);
  std::string bytes;
  require(model.SerializeToString(&bytes), "[onnx] ", path.string(), " cannot be written: a text in it is no UTF-8");
  out.write(bytes);
  if (data) data->commit();
  out.commit();
}

#else

void write_onnx_file(const OnnxFile&, const std::filesystem::path& path, bool) {
  fail("[onnx] cannot write ", path.string(), ": this library was built without ONNX (BACKFLOW_ONNX=OFF)");
}

#endif

}  // namespace backflow::models
