// The constants of an ONNX file, in plain C++. Internal to runtime/models/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow::models {

/// Elements of a tensor; what claims more is refused.
constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;

/// ONNX's types of elements, with its numbers. Values of all of them are computed in f32.
enum class OnnxType : std::int32_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  bfloat16 = 16,
};

bool is_real(OnnxType type);
/// Of a signed or unsigned integer.
bool is_integer(OnnxType type);
using backflow::to_string;
/// "float32", "int64"; "type 8" for others.
std::string to_string(OnnxType type);

/// Weights, or shapes and axes. Floats of any width are f32 here, integers and booleans 64 bits.
struct OnnxTensor {
  Shape shape;                                       // empty: a scalar
  std::shared_ptr<const std::vector<float>> floats;  // null if it holds integers
  std::vector<std::int64_t> integers;
  OnnxType type = OnnxType::undefined;  // of the file; undefined: float32 or int64

  bool is_integer() const { return !floats; }
  OnnxType element_type() const;
};

OnnxTensor onnx_integers(std::vector<std::int64_t> values);
OnnxTensor onnx_floats(Shape shape, std::vector<float> values);

/// A file with one tensor (.pb), as ONNX's own tests have them. Throws an Error if it is none.
OnnxTensor read_onnx_tensor(const std::filesystem::path& path);

}  // namespace backflow::models
