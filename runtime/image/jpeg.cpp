#include <backflow/runtime/image/jpeg.h>

#include <turbojpeg.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/image/orientation.h>

namespace backflow::image {
namespace {

/// A compressor or decompressor, and its errors as Errors.
class Codec {
 public:
  Codec(tjhandle handle, std::string what) : handle_(handle), what_(std::move(what)) {
    require(handle_ != nullptr, "[", what_, "] libjpeg-turbo cannot start");
  }
  ~Codec() { tjDestroy(handle_); }
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  operator tjhandle() const { return handle_; }
  void check(int status) const {
    require(status == 0, "[", what_, "] the JPEG file is broken: ", tjGetErrorStr2(handle_));
  }

 private:
  tjhandle handle_;
  std::string what_;
};

/// Adobe's CMYK: 255 is no ink.
Image rgb_of_cmyk(const std::vector<std::uint8_t>& cmyk, int width, int height) {
  Image image{width, height, std::vector<std::uint8_t>(cmyk.size() / 4 * 3)};
  for (std::size_t i = 0; i < cmyk.size() / 4; ++i)
    for (std::size_t c = 0; c < 3; ++c)
      image.rgb[3 * i + c] = static_cast<std::uint8_t>((cmyk[4 * i + c] * cmyk[4 * i + 3] + 127) / 255);
  return image;
}

/// By how much an image may be reduced while it is decoded: 1, 2, 4 or 8.
int reduction(int shorter, int enough) {
  int parts = 1;
  while (enough > 0 && parts < 8 && (shorter + 2 * parts - 1) / (2 * parts) >= enough) parts *= 2;
  return parts;
}

}  // namespace

bool is_jpeg(std::span<const std::byte> bytes) {
  return bytes.size() >= 3 && bytes[0] == std::byte{0xff} && bytes[1] == std::byte{0xd8} && bytes[2] == std::byte{0xff};
}

Image decode_jpeg(std::span<const std::byte> bytes, const std::string& what, int enough) {
  const Codec codec(tjInitDecompress(), what);
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0, height = 0, sampling = 0, space = 0;
  codec.check(tjDecompressHeader3(codec, data, bytes.size(), &width, &height, &sampling, &space));
  require(width > 0 && height > 0, "[", what, "] the JPEG file is broken: there is no image in it");
  check_image_size(width, height, what);
  const int parts = reduction(std::min(width, height), enough);
  width = (width + parts - 1) / parts, height = (height + parts - 1) / parts;
  const bool cmyk = space == TJCS_CMYK || space == TJCS_YCCK;
  const int format = cmyk ? TJPF_CMYK : TJPF_RGB;
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                                   static_cast<std::size_t>(tjPixelSize[format]));
  // A progressive file of a few bytes could ask for any number of passes over the image.
  constexpr int flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS;
  codec.check(tjDecompress2(codec, data, bytes.size(), pixels.data(), width, 0, height, format, flags));
  Image image = cmyk ? rgb_of_cmyk(pixels, width, height) : Image{width, height, std::move(pixels)};
  return upright(image, exif_orientation(bytes));
}

std::vector<std::byte> encode_jpeg(const Image& image, int quality) {
  check_image_size(image.width, image.height, "jpeg");
  require(quality >= 1 && quality <= 100, "[jpeg] quality needs to be 1 … 100, got ", quality);
  const Codec codec(tjInitCompress(), "jpeg");
  unsigned long size = tjBufSize(image.width, image.height, TJSAMP_444);
  std::vector<std::byte> bytes(size);
  auto* target = reinterpret_cast<unsigned char*>(bytes.data());
  codec.check(tjCompress2(codec, image.rgb.data(), image.width, 0, image.height, TJPF_RGB, &target, &size, TJSAMP_444,
                          quality, TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT));
  bytes.resize(size);
  return bytes;
}

void write_jpeg(const std::filesystem::path& file, const Image& image, int quality) {
  const auto bytes = encode_jpeg(image, quality);
  files::write_file(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace backflow::image
