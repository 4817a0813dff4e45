// What an ONNX file holds, in plain C++: those that know protobuf include
// onnx_proto.h.
// Internal to runtime/models/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <backflow/runtime/models/onnx/onnx_tensor.h>

namespace backflow::models {

/// Pixels of a kernel, stride, dilation or border; anything above is an attack.
constexpr std::int64_t kMaxExtent = 1 << 20;

struct OnnxNode {
  using Attribute = std::variant<std::monostate, std::int64_t, float, std::string, std::vector<std::int64_t>,
                                 std::vector<float>, OnnxTensor>;

  std::string op;  // with its domain, if it has one of its own
  std::string name;
  std::vector<std::string> in, out;  // names of values; an input that is left out is empty
  std::map<std::string, Attribute> attributes;

  bool has(const std::string& attribute) const { return attributes.contains(attribute); }
  /// The attribute, or `fallback` if it is not there. Throws an Error if it has another type.
  std::int64_t integer(const std::string& attribute, std::int64_t fallback) const;
  float number(const std::string& attribute, float fallback) const;
  std::string text(const std::string& attribute, const std::string& fallback) const;
  std::vector<std::int64_t> integers(const std::string& attribute) const;  // empty if it is not there
  std::vector<float> floats(const std::string& attribute) const;
  /// "[onnx] node 'conv1' (Conv)", for errors.
  std::string where() const;
};

/// An input or output of the whole graph.
struct OnnxPort {
  std::string name;
  Shape shape;  // −1 where the file leaves it open
  OnnxType type = OnnxType::undefined;
};

struct OnnxFile {
  std::int64_t opset = 0;
  std::vector<OnnxPort> inputs;  // without those that have an initializer
  std::vector<OnnxPort> outputs;
  std::vector<OnnxNode> nodes;  // each after those that it depends on
  std::map<std::string, OnnxTensor> initializers;
  std::map<std::string, std::string> metadata;  // metadata_props
};

/// Functions that the file brings with it are replaced by their nodes; weights may lie in files beside it. Throws an
/// Error if the file is missing, truncated or no ONNX, or if this library was built without ONNX.
OnnxFile read_onnx(const std::filesystem::path& path);

}  // namespace backflow::models
