#include <backflow/runtime/files/input_file.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <backflow/graph/error.h>

namespace backflow::files {

InputFile::InputFile(const std::filesystem::path& file) : name_(file.string()) {
  // Opening a pipe must not wait for its writer.
  descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail("[file] cannot read ", name_, ": ", std::strerror(errno));
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    fail("[file] cannot read ", name_, ": it is not a regular file");
  }
  bytes_ = static_cast<std::size_t>(status.st_size);
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

}  // namespace backflow::files
