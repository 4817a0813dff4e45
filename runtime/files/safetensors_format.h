// The element types of safetensors files, and what becomes of them in memory. Internal to runtime/files/.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <backflow/graph/spec.h>

namespace backflow::files::safetensors {

struct Format {
  std::string_view name;
  std::size_t bytes;  // of one element in the file
  Type type;          // in memory
  /// From the file's elements to those in memory; null where they are the same.
  void (*decode)(std::span<const std::byte> in, std::byte* out);
  bool passed_over = false;  // nothing here has elements of this type
};

/// The format called `name`, or null.
const Format* find_format(std::string_view name);
/// "F32, BF16, …"
std::string_view known_formats();
/// The format in which elements of `type` are written.
const Format& format_of(Type type);

}  // namespace backflow::files::safetensors
