// ONNX files written by hand, so that a test can say what no exporter would.
#pragma once

#include <string>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow::onnx_file {

/// Protobuf: a number is its digits to the base 128, all else a length and bytes.
inline std::string number(std::uint64_t n) {
  std::string out;
  for (; n > 127; n >>= 7) out += static_cast<char>((n & 127) | 128);
  return out + static_cast<char>(n);
}
inline std::string field(std::uint64_t key, std::uint64_t n) { return number(key << 3) + number(n); }
inline std::string field(std::uint64_t key, const std::string& bytes) {
  return number(key << 3 | 2) + number(bytes.size()) + bytes;
}
inline std::string tensor(const std::string& name, const Shape& shape, const std::vector<float>& values) {
  std::string out;
  for (const std::int64_t n : shape) out += field(1, static_cast<std::uint64_t>(n));
  const std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return out + field(2, 1) + field(8, name) + field(9, bytes);
}
inline std::string node(const std::string& op, const std::vector<std::string>& in, const std::string& out,
                        const std::string& attribute = "") {
  std::string text;
  for (const std::string& i : in) text += field(1, i);
  return text + field(2, out) + field(3, out) + field(4, op) + (attribute.empty() ? "" : field(5, attribute));
}
inline std::string image_value(const std::string& name, const Shape& shape) {
  std::string dimensions;
  for (const std::int64_t n : shape) dimensions += field(1, field(1, static_cast<std::uint64_t>(n)));
  return field(1, name) + field(2, field(1, field(1, 1) + field(2, dimensions)));
}

inline std::string integers(const std::string& name, const std::vector<std::int64_t>& values) {
  const std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int64_t));
  return field(1, values.size()) + field(2, 7) + field(8, name) + field(9, bytes);
}
inline std::string whole_number(const std::string& name, std::int64_t value) {
  return field(1, name) + field(3, static_cast<std::uint64_t>(value)) + field(20, 2);
}
inline std::string whole_numbers(const std::string& name, const std::vector<std::int64_t>& values) {
  std::string out = field(1, name);
  for (const std::int64_t v : values) out += field(8, static_cast<std::uint64_t>(v));
  return out + field(20, 7);
}
inline std::string real_number(const std::string& name, float value) {
  const std::string bytes(reinterpret_cast<const char*>(&value), sizeof(float));
  return field(1, name) + number(2 << 3 | 5) + bytes + field(20, 1);
}
inline std::string text(const std::string& name, const std::string& value) {
  return field(1, name) + field(4, value) + field(20, 3);
}
/// More attributes of a node.
inline std::string attributes(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& attribute : all) out += field(5, attribute);
  return out;
}
/// A file whose input is "image" and whose output is "y".
inline std::string model(const std::vector<std::string>& nodes, const std::vector<std::string>& tensors,
                         const Shape& image_shape, std::uint64_t opset = 13) {
  std::string graph;
  for (const std::string& n : nodes) graph += field(1, n);
  graph += field(2, "small");
  for (const std::string& t : tensors) graph += field(5, t);
  graph += field(11, image_value("image", image_shape)) + field(12, image_value("y", {1, 2}));
  return field(1, 7) + field(7, graph) + field(8, field(1, "") + field(2, opset));
}

}  // namespace backflow::onnx_file
