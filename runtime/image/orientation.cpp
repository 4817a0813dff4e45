#include <backflow/runtime/image/orientation.h>

#include <cstring>
#include <optional>

namespace backflow::image {
namespace {

/// Numbers of either byte order, nothing beyond the end.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  std::optional<std::uint32_t> number(std::size_t at, std::size_t length) const {
    if (at > bytes_.size() || bytes_.size() - at < length) return {};
    std::uint32_t n = 0;
    for (std::size_t k = 0; k < length; ++k)
      n = n << 8 | std::to_integer<std::uint32_t>(bytes_[at + (big_endian_ ? k : length - 1 - k)]);
    return n;
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_endian_;
};

/// The orientation tag of the first directory of a TIFF structure.
int orientation_of(std::span<const std::byte> tiff) {
  constexpr std::uint32_t orientation_tag = 0x0112;
  if (tiff.size() < 8) return 1;
  const Reader r(tiff, tiff[0] == std::byte{'M'});
  const std::size_t directory = r.number(4, 4).value_or(0);
  const std::size_t entries = r.number(directory, 2).value_or(0);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (r.number(entry, 2) != orientation_tag) continue;
    const auto value = r.number(entry + 8, 2).value_or(1);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

int exif_orientation(std::span<const std::byte> jpeg) {
  constexpr std::uint32_t exif_segment = 0xffe1, start_of_scan = 0xffda;
  const Reader r(jpeg, true);
  for (std::size_t at = 2;;) {
    const auto marker = r.number(at, 2), length = r.number(at + 2, 2);
    if (!marker || !length || *marker < 0xff00 || *marker == start_of_scan || *length < 2) return 1;
    if (*length > jpeg.size() - at - 2) return 1;
    const auto body = jpeg.subspan(at + 4, *length - 2);
    if (*marker == exif_segment && body.size() > 6 && std::memcmp(body.data(), "Exif\0\0", 6) == 0)
      return orientation_of(body.subspan(6));
    at += 2 + *length;
  }
}

Image upright(const Image& image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  // Where the stored image's first row and column belong; from 5 on, its rows are columns of the upright one.
  const bool swap = orientation >= 5;
  const bool right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 6;
  const bool bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  Image out{swap ? image.height : image.width, swap ? image.width : image.height, {}};
  out.rgb.resize(image.rgb.size());
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      const int u = right ? out.width - 1 - x : x, v = bottom ? out.height - 1 - y : y;
      std::memcpy(out.at(x, y), swap ? image.at(v, u) : image.at(u, v), 3);
    }
  return out;
}

}  // namespace backflow::image
