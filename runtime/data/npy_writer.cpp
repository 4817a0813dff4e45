#include <bit>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/npy.h>
#include <backflow/runtime/files/atomic_file.h>

namespace backflow::data {

void write_npy(const std::filesystem::path& file, const Shape& shape, std::span<const float> values) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::size_t kBefore = 10, kAlignment = 64;  // magic, version and length; where the data begin
  require(static_cast<std::int64_t>(values.size()) == elements(shape), "[npy] ", file.string(), ": shape ",
          to_string(shape), " has ", elements(shape), " elements, got ", values.size());
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (const std::int64_t length : shape) header += std::to_string(length) + ", ";
  if (shape.size() > 1) header.resize(header.size() - 2);
  if (shape.size() == 1) header.pop_back();
  header += "), }";
  header.append(kAlignment - (kBefore + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  files::write_file(file, bytes);
}

}  // namespace backflow::data
