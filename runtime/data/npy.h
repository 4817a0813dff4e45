// Arrays of NumPy: .npy files and the .npz archives that hold several.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow::data {

enum class ArrayType : std::uint8_t { u8, i32, i64, f32, f64 };

struct Array {
  std::string name;  // of the file, and of the array in it, for errors
  Shape shape;
  ArrayType type = ArrayType::f32;
  std::vector<std::uint8_t> data;  // row-major, in the machine's order of bytes

  bool is_whole() const { return type == ArrayType::u8 || type == ArrayType::i32 || type == ArrayType::i64; }
  std::size_t size() const { return static_cast<std::size_t>(elements(shape)); }
  /// The element at a place in the row-major order; whole numbers beyond 2⁵³ are rounded.
  double number(std::size_t place) const;
};

/// A file, which may be packed with gzip. Throws an Error that names the file for what is no array, is cut short or too
/// long, or has elements of another type than those above, little-endian.
Array read_npy(const std::filesystem::path& file);
/// Those arrays of an archive whose names `wanted` has; others are not read. Throws an Error for what is no archive or
/// damaged.
std::map<std::string, Array> read_npz(const std::filesystem::path& file, const std::vector<std::string>& wanted);

/// Writes float32 of this shape, row-major and little-endian; the file appears whole or not at all. Throws an Error if
/// the count of values is another or the file cannot be written.
void write_npy(const std::filesystem::path& file, const Shape& shape, std::span<const float> values);

/// Whether the file begins as an array or an archive does.
bool is_npy(const std::filesystem::path& file);
bool is_npz(const std::filesystem::path& file);

}  // namespace backflow::data
