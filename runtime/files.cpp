#include "runtime/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "graph/error.h"

namespace backflow {
namespace {

/// Removes the temporary file unless it was renamed.
struct Temporary {
  std::filesystem::path path;
  int descriptor;

  ~Temporary() {
    if (descriptor >= 0) ::close(descriptor);
    if (!path.empty()) ::unlink(path.c_str());
  }
};

void write_all(int descriptor, std::string_view content, const std::filesystem::path& file) {
  while (!content.empty()) {
    const ssize_t n = ::write(descriptor, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    require(n > 0, "[file] cannot write '", file.string(), "': ", std::strerror(errno));
    content.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

void write_file(const std::filesystem::path& file, std::string_view content) {
  std::string name = file.string() + ".XXXXXX";
  Temporary temporary{{}, ::mkostemp(name.data(), O_CLOEXEC)};
  require(temporary.descriptor >= 0, "[file] cannot create '", file.string(), "': ", std::strerror(errno));
  temporary.path = name;
  ::fchmod(temporary.descriptor, 0644);
  write_all(temporary.descriptor, content, file);
  require(::fsync(temporary.descriptor) == 0, "[file] cannot write '", file.string(), "': ", std::strerror(errno));
  require(::rename(name.c_str(), file.c_str()) == 0, "[file] cannot replace '", file.string(),
          "': ", std::strerror(errno));
  temporary.path.clear();
}

}  // namespace backflow
