// A file being written, whose every failure is an Error that names it and the reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace backflow::files {

class OutputFile {
 public:
  enum class Open : std::uint8_t {
    create,    // must not exist yet
    truncate,  // an old one is emptied
    append,    // an old one is continued
    existing   // a device or a pipe
  };

  /// Errors call the file `shown`, which may be another name than the one that is opened.
  OutputFile(const std::filesystem::path& file, Open how, std::string shown);
  OutputFile(const std::filesystem::path& file, Open how) : OutputFile(file, how, file.string()) {}
  /// Drops what was not flushed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Takes `bytes`, which reach the system at the latest with the next flush.
  void write(std::string_view bytes);
  void flush();
  /// Flushes down to the disk.
  void sync();
  void close();

 private:
  void write_now(std::string_view bytes) const;
  void require_success(bool ok) const;

  std::string shown_;
  int descriptor_ = -1;
  std::string buffer_;
};

}  // namespace backflow::files
