// A file that appears whole or not at all.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include <backflow/runtime/files/output_file.h>

namespace backflow::files {

/// Written under a temporary name in the same folder, flushed to the disk, then renamed by commit(). Until then an
/// older file stays whole; without commit() the temporary one is removed. A link is followed; a device or a pipe is
/// written directly. Every failure is an Error that names the file and the reason.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& file);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes) { out_->write(bytes); }
  void commit();

 private:
  void open_temporary();

  std::string shown_;
  std::filesystem::path target_, temporary_;  // temporary_ is empty for a device and after commit()
  std::optional<OutputFile> out_;
};

/// Throws the Error that writing this file would throw, as far as that is known before.
void check_writable(const std::filesystem::path& file);

/// Writes a whole file at once.
void write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace backflow::files
