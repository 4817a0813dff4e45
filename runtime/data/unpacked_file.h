// A data file that may be packed with gzip. Internal to runtime/data/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

struct gzFile_s;  // zlib's

namespace backflow::data {

/// Read from its beginning to its end, unpacked if it is gzip. Every failure is an Error that names the file.
class UnpackedFile {
 public:
  /// Photos shrink to a tenth; a small file could unpack to any size.
  static constexpr std::size_t kUsualBytes = std::size_t{1} << 28, kMaxRatio = 100;

  explicit UnpackedFile(const std::filesystem::path& file);

  /// Fills `out` as far as the file goes; returns how many bytes that were.
  std::size_t read(std::span<std::uint8_t> out);

  const std::string& name() const { return name_; }
  /// As it lies on the disk.
  std::size_t file_bytes() const { return file_bytes_; }
  /// How many bytes it may unpack to.
  std::size_t most_bytes() const { return most_bytes_of(file_bytes_); }
  /// The same of a packed file of so many bytes.
  static std::size_t most_bytes_of(std::size_t packed) { return std::max(kUsualBytes, kMaxRatio * packed); }

 private:
  struct Close {
    void operator()(gzFile_s* file) const;
  };

  void check();

  std::string name_;
  std::size_t file_bytes_ = 0;
  std::unique_ptr<gzFile_s, Close> handle_;
};

}  // namespace backflow::data
