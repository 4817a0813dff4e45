// Folders of small pictures.
#pragma once

#include <filesystem>

#include <backflow/runtime/image/image.h>

namespace backflow {

/// A picture of one colour with a white border of one pixel on the left.
inline image::Image bordered(int width, int height, image::Colour colour) {
  image::Image picture = image::blank_image(width, height, colour);
  for (int y = 0; y < height; ++y) std::fill_n(picture.at(0, y), 3, std::uint8_t{255});
  return picture;
}

/// FOLDER/CLASS/NN.png for `classes`, `n` each: of class c the brightness 40 + 50 c, of picture i a little more.
inline void write_pictures(const std::filesystem::path& folder, const std::vector<std::string>& classes, int n,
                           int size = 12) {
  for (std::size_t c = 0; c < classes.size(); ++c) {
    std::filesystem::create_directories(folder / classes[c]);
    for (int i = 0; i < n; ++i) {
      const auto value = static_cast<std::uint8_t>(40 + 50 * c + static_cast<std::size_t>(i));
      image::write_image(folder / classes[c] / (std::to_string(10 + i) + ".png"),
                         image::blank_image(size, size, {value, 0, static_cast<std::uint8_t>(255 - value)}));
    }
  }
}

}  // namespace backflow
