#include <backflow/runtime/files/file_bytes.h>

#include <fstream>

#include <backflow/graph/error.h>

namespace backflow::files {

std::vector<std::byte> file_bytes(const std::filesystem::path& file, std::uintmax_t most) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  require(std::filesystem::exists(status), "[", file.string(), "] there is no such file");
  require(std::filesystem::is_regular_file(status), "[", file.string(), "] is not a file");
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  require(!error, "[", file.string(), "] cannot be read: ", error.message());
  require(size <= most, "[", file.string(), "] has ", size, " bytes, at most ", most, " are read");
  std::vector<std::byte> bytes(size);
  std::ifstream in(file, std::ios::binary);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  require(static_cast<std::uintmax_t>(in.gcount()) == size, "[", file.string(), "] cannot be read");
  return bytes;
}

}  // namespace backflow::files
