// What an ONNX file holds, in plain C++: the one place that knows protobuf is onnx_file.cpp.
// Internal to runtime/models/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow::models {

/// Elements of a tensor; what claims more is refused.
constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;
/// Pixels of a kernel, stride, dilation or border; anything above is an attack.
constexpr std::int64_t kMaxExtent = 1 << 20;

/// A constant: weights, or shapes and axes. Floats of any width are f32 here, integers of any width 64 bits.
struct OnnxTensor {
  Shape shape;                                       // empty: a scalar
  std::shared_ptr<const std::vector<float>> floats;  // null if it holds integers
  std::vector<std::int64_t> integers;

  bool is_integer() const { return !floats; }
};

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
  /// "[onnx] node 'conv1' (Conv)", for errors.
  std::string where() const;
};

struct OnnxInput {
  std::string name;
  Shape shape;  // −1 where the file leaves it open
};

struct OnnxFile {
  std::int64_t opset = 0;
  std::vector<OnnxInput> inputs;  // without those that have an initializer
  std::vector<std::string> outputs;
  std::vector<OnnxNode> nodes;  // each after those that it depends on
  std::map<std::string, OnnxTensor> initializers;
};

/// Throws an Error if the file is missing, truncated or no ONNX, or if this library was built without ONNX.
OnnxFile read_onnx(const std::filesystem::path& path);

}  // namespace backflow::models
