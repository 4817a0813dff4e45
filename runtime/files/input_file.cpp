#include <backflow/runtime/files/input_file.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <backflow/graph/error.h>

namespace backflow::files {

OpenFile open_input(const std::filesystem::path& file) {
  // Opening a pipe must not wait for its writer.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail("[file] cannot read ", file.string(), ": ", std::strerror(errno));
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
    return {descriptor, static_cast<std::size_t>(status.st_size)};
  ::close(descriptor);
  fail("[file] cannot read ", file.string(), ": it is ", S_ISDIR(status.st_mode) ? "a folder" : "not a regular file");
}

bool is_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

InputFile::InputFile(const std::filesystem::path& file) : name_(file.string()) {
  const OpenFile open = open_input(file);
  descriptor_ = open.descriptor;
  bytes_ = open.bytes;
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(std::span<std::byte> out) {
  while (!out.empty()) {
    const auto got = ::read(descriptor_, out.data(), out.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("[file] cannot read ", name_, ": ", std::strerror(errno));
    require(got > 0, "[file] cannot read ", name_, ": it ends ", out.size(), " bytes too early");
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

void InputFile::skip(std::size_t bytes) {
  require(::lseek(descriptor_, static_cast<off_t>(bytes), SEEK_CUR) >= 0, "[file] cannot read ", name_, ": ",
          std::strerror(errno));
}

}  // namespace backflow::files
