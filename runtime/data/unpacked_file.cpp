#include <backflow/runtime/data/unpacked_file.h>

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/input_file.h>

namespace backflow::data {
namespace {

constexpr std::size_t kReadAtOnce = std::size_t{4} << 20;

}  // namespace

void UnpackedFile::Close::operator()(gzFile_s* file) const { gzclose_r(file); }

UnpackedFile::UnpackedFile(const std::filesystem::path& file) : name_(file.string()) {
  const files::OpenFile open = files::open_input(file);
  file_bytes_ = open.bytes;
  handle_.reset(gzdopen(open.descriptor, "rb"));
  if (handle_ != nullptr) return;
  ::close(open.descriptor);
  fail("[data] cannot read ", name_, ": there is no memory for zlib");
}

std::size_t UnpackedFile::read(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto wanted = static_cast<unsigned>(std::min(out.size() - done, kReadAtOnce));
    const int got = gzread(handle_.get(), out.data() + done, wanted);
    if (got <= 0) check();
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void UnpackedFile::check() {
  int code = Z_OK;
  const char* why = gzerror(handle_.get(), &code);
  if (code == Z_ERRNO) why = std::strerror(errno);
  require(code != Z_BUF_ERROR, "[data] ", name_, " is truncated: its gzip data end too early");
  require(code == Z_OK, "[data] cannot read ", name_, ": ", why);
}

}  // namespace backflow::data
