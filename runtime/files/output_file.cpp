#include <backflow/runtime/files/output_file.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <backflow/graph/error.h>

namespace backflow::files {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 16;

int flags(OutputFile::Open how) {
  switch (how) {
    case OutputFile::Open::create:
      return O_CREAT | O_EXCL;
    case OutputFile::Open::truncate:
      return O_CREAT | O_TRUNC;
    case OutputFile::Open::append:
      return O_CREAT | O_APPEND;
    case OutputFile::Open::existing:
      return 0;
  }
  return 0;
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& file, Open how, std::string shown) : shown_(std::move(shown)) {
  descriptor_ = ::open(file.c_str(), O_WRONLY | O_CLOEXEC | flags(how), 0666);
  const int reason = errno;
  const auto folder = file.parent_path();
  std::error_code ignored;
  require(descriptor_ >= 0 || reason != ENOENT || folder.empty() || std::filesystem::exists(folder, ignored),
          "[file] cannot write ", shown_, ": there is no folder ", folder.string());
  errno = reason;
  require_success(descriptor_ >= 0);
  buffer_.reserve(kBuffer);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OutputFile::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > kBuffer) flush();
  if (bytes.size() > kBuffer)
    write_now(bytes);
  else
    buffer_ += bytes;
}

void OutputFile::flush() {
  write_now(buffer_);
  buffer_.clear();
}

void OutputFile::sync() {
  flush();
  // Pipes and some devices have nothing to synchronise.
  require_success(::fsync(descriptor_) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP);
}

void OutputFile::close() {
  flush();
  require_success(::close(std::exchange(descriptor_, -1)) == 0);
}

void OutputFile::write_now(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    require_success(written >= 0);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void OutputFile::require_success(bool ok) const {
  if (!ok) fail("[file] cannot write ", shown_, ": ", std::strerror(errno));
}

}  // namespace backflow::files
