// A file being read, whose every failure is an Error that names it and the reason.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace backflow::files {

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

 private:
  std::string name_;
  int descriptor_ = -1;
  std::size_t bytes_ = 0;
};

}  // namespace backflow::files
