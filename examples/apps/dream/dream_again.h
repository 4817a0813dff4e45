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

  struct Comparison {
    bool identical;
    std::string text;  // "identical to FILE", or in how many pixels, and by how much, the most similar differs
  };
  /// `made` are files of the run.
  Comparison compared(const std::vector<std::filesystem::path>& made) const;

 private:
  std::filesystem::path file_;
  std::vector<std::byte> bytes_;
  image::Image image_;
};

}  // namespace backflow
