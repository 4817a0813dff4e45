// CRC-32 of each tensor's bytes and of the other texts, in an entry of a safetensors file's metadata. Internal to
// runtime/files/.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include <backflow/runtime/files/crc32.h>
#include <backflow/runtime/files/safetensors_header.h>

namespace backflow::files::safetensors {

/// The metadata's entry; other readers of the format pass over it.
constexpr const char* kChecksums = "backflow.crc32";

/// Tensor → sum, and under __metadata__ that of the other texts.
class Checksums {
 public:
  /// Of the texts in `metadata`, of no tensor yet.
  explicit Checksums(const std::map<std::string, std::string>& metadata);
  /// Those of a file; takes their entry out of `header` and checks the texts. A file without them, as other programs
  /// write it, passes every check. `file` begins the sentences of errors.
  Checksums(Header& header, std::string file);

  void add(const std::string& tensor, std::span<const std::byte> bytes) { sums_[tensor] = crc32_of(bytes); }
  /// The entry's text: a JSON object, sorted by name.
  std::string text() const;
  /// Throws an Error that names the tensor if its bytes are not those that were written.
  void check(const std::string& tensor, std::span<const std::byte> bytes) const;

 private:
  void check(const std::string& name, const std::string& what, std::uint32_t sum) const;

  std::map<std::string, std::uint32_t> sums_;
  std::string file_;
};

}  // namespace backflow::files::safetensors
