#include "examples/apps/dream/dream_again.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include <backflow/runtime/files/file_bytes.h>

namespace backflow {
namespace {

struct Difference {
  std::size_t pixels = 0;  // that differ
  int most = 0;            // of one channel
};

/// None where the sizes differ.
std::optional<Difference> difference(const image::Image& a, const image::Image& b) {
  if (a.width != b.width || a.height != b.height) return {};
  Difference d;
  for (std::size_t i = 0; i < a.rgb.size(); i += 3) {
    int most = 0;
    for (std::size_t c = i; c < i + 3; ++c) most = std::max(most, std::abs(a.rgb[c] - b.rgb[c]));
    d.pixels += most > 0;
    d.most = std::max(d.most, most);
  }
  return d;
}

}  // namespace

Original::Original(std::filesystem::path file)
    : file_(std::move(file)), bytes_(files::file_bytes(file_)), image_(image::read_image(file_)) {}

Original::Comparison Original::compared(const std::vector<std::filesystem::path>& made) const {
  const std::string name = file_.string();
  if (std::any_of(made.begin(), made.end(), [&](const auto& file) { return files::file_bytes(file) == bytes_; }))
    return {true, "identical to " + name};
  std::optional<Difference> least;
  for (const auto& file : made) {
    const auto d = difference(image_, image::read_image(file));
    if (d && (!least || d->pixels < least->pixels)) least = d;
  }
  if (!least) return {false, fmt::format("differs from {} in its size", name)};
  if (least->pixels == 0) return {false, fmt::format("has the pixels of {}, in a file that differs", name)};
  return {false, fmt::format("differs from {} in {} of {} pixels, by at most {} of 255", name, least->pixels,
                             image_.rgb.size() / 3, least->most)};
}

}  // namespace backflow
