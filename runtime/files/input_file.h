// A file being read, whose every failure is an Error that names it and the reason.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace backflow::files {

struct OpenFile {
  int descriptor;
  std::size_t bytes;
};

/// Opens a regular file; the caller closes it. Throws an Error for a folder, a device and a pipe, which could block or
/// never end.
OpenFile open_input(const std::filesystem::path& file);

/// Whether there is a folder, perhaps behind a link; false where that cannot be found out.
bool is_folder(const std::filesystem::path& path);

class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& file);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& name() const { return name_; }
  std::size_t bytes() const { return bytes_; }
  /// Fills `out`, from where the last call ended.
  void read(std::span<std::byte> out);
  void skip(std::size_t bytes);

 private:
  std::string name_;
  int descriptor_ = -1;
  std::size_t bytes_ = 0;
};

}  // namespace backflow::files
