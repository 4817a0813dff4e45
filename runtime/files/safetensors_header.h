// The header of a safetensors file: what is in it and where. Internal to runtime/files/.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <backflow/graph/spec.h>
#include <backflow/runtime/files/input_file.h>
#include <backflow/runtime/files/safetensors_format.h>

namespace backflow::files::safetensors {

struct Entry {
  std::string name;
  const Format* format = nullptr;
  Shape shape;
  std::size_t begin = 0, end = 0;  // bytes, from the header's end
};

struct Header {
  std::vector<Entry> entries;  // in the order of their data
  std::map<std::string, std::string> metadata;
};

/// Reads and checks the header: entries cover the rest of the file without a hole or an overlap, each as long as its
/// shape says. Throws an Error that names the file, the tensor, what was found and what was expected.
Header read_header(InputFile& file);

/// The bytes before the data: length, JSON, spaces up to a multiple of 8. Throws an Error if a text is not UTF-8.
std::string header_bytes(const Header& header);

/// A text of a file for an error: short, quoted, without control characters.
std::string quoted(const std::string& text);

}  // namespace backflow::files::safetensors
