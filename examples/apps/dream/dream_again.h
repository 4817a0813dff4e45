// Whether an image that was made again is the one that it was.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <backflow/runtime/image/image.h>

namespace backflow {

/// A PNG as it was before the run, which may write a file of the same name.
class Original {
 public:
  explicit Original(std::filesystem::path file);

  /// Whether one of `made` has its bytes.
  bool is_among(const std::vector<std::filesystem::path>& made) const;
  /// "identical to FILE", or in how many pixels, and by how much, the most similar of `made` differs.
  std::string compared(const std::vector<std::filesystem::path>& made) const;

 private:
  std::filesystem::path file_;
  std::vector<std::byte> bytes_;
  image::Image image_;
};

}  // namespace backflow
