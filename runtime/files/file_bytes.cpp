#include <backflow/runtime/files/file_bytes.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/input_file.h>

namespace backflow::files {

std::vector<std::byte> file_bytes(const std::filesystem::path& file, std::uintmax_t most) {
  InputFile in(file);
  require(in.bytes() <= most, "[", in.name(), "] has ", in.bytes(), " bytes, at most ", most, " are read");
  std::vector<std::byte> bytes(in.bytes());
  in.read(bytes);
  return bytes;
}

}  // namespace backflow::files
