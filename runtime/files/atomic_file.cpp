#include <backflow/runtime/files/atomic_file.h>

#include <fcntl.h>
#include <unistd.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/log/message.h>

namespace backflow::files {
namespace {

namespace fs = std::filesystem;

constexpr int kAttempts = 100;

/// Makes a rename in `folder` survive a power failure. Not every file system can; then there is nothing to be done.
void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& file) : shown_(file.string()), target_(file) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  require(!fs::is_directory(status), "[file] cannot write ", shown_, ": it is a folder");
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    out_.emplace(file, OutputFile::Open::existing);
    return;
  }
  if (fs::path real = fs::canonical(file, ignored); !ignored) target_ = real;
  open_temporary();
}

void AtomicFile::open_temporary() {
  std::error_code ignored;
  for (int i = 0; i < kAttempts; ++i) {
    temporary_ = str_cat(target_.string(), ".", ::getpid(), ".", i, ".tmp");
    if (fs::exists(temporary_, ignored)) continue;
    out_.emplace(temporary_, OutputFile::Open::create, shown_);
    return;
  }
  fail("[file] cannot write ", shown_, ": there are ", kAttempts, " files like ", temporary_.string());
}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  out_->sync();
  out_->close();
  if (temporary_.empty()) return;
  std::error_code error;
  fs::rename(temporary_, target_, error);
  require(!error, "[file] cannot write ", shown_, ": ", error.message());
  temporary_.clear();
  sync_folder(target_.parent_path());
  log::message(log::Level::info, "wrote ", shown_);
}

void check_writable(const fs::path& file) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  const bool is_device = fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
  if (!is_device) AtomicFile{file};
}

void write_file(const fs::path& file, std::string_view bytes) {
  AtomicFile out(file);
  out.write(bytes);
  out.commit();
}

}  // namespace backflow::files
