// An 8-bit RGB image, and how it comes out of a file and goes into one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace backflow::image {

using Colour = std::array<std::uint8_t, 3>;  // red, green, blue in sRGB

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  // [height, width, 3]

  std::uint8_t* at(int x, int y) { return rgb.data() + offset(x, y); }
  const std::uint8_t* at(int x, int y) const { return rgb.data() + offset(x, y); }
  bool operator==(const Image&) const = default;

 private:
  std::size_t offset(int x, int y) const {
    return 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
  }
};

/// A larger image is refused when it is read: a file of a few bytes could claim any size.
constexpr std::int64_t kMaxPixels = std::int64_t{1} << 27;

/// An image of one colour. Throws an Error unless both lengths are ≥ 1 and it has at most kMaxPixels.
Image blank_image(int width, int height, Colour colour = {255, 255, 255});
/// Throws an Error unless `width` × `height` is a size that an image may have; `what` names it.
void check_image_size(std::int64_t width, std::int64_t height, const std::string& what);

/// Reads a PNG, JPEG, WebP or GIF file, told apart by its first bytes, not by its name; of an animation the first
/// frame. Transparency is blended over white in sRGB values; grey, palette, 16-bit and CMYK images become 8-bit RGB; a
/// photo is turned as its Exif orientation says. ICC profiles are ignored. Where a shorter side of `enough` pixels is
/// enough, a larger JPEG is decoded at a half, a quarter or an eighth of its size, which takes less time. Throws an
/// Error with the file's name if it is missing, broken, truncated or too large.
Image read_image(const std::filesystem::path& file, int enough = 0);

/// Rec. 601 luma of a pixel's red, green and blue, in thousandths.
inline int luma(const std::uint8_t* rgb) { return 299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2]; }

/// A value of that opacity on white.
inline std::uint8_t over_white(unsigned value, unsigned alpha) {
  return static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

/// Writes PNG or JPEG (quality 95) by the name's ending: .png, .jpg or .jpeg. Throws an Error for any other.
void write_image(const std::filesystem::path& file, const Image& image);

}  // namespace backflow::image
