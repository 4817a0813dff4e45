// JPEG files with their Exif orientation.
#include <backflow/runtime/image/jpeg.h>

#include <turbojpeg.h>

#include <backflow/runtime/image/orientation.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

namespace {

/// Of more pixels than a fuzzer decodes thousands of times.
bool is_large(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t most = 1 << 14;
  static const tjhandle handle = tjInitDecompress();
  int width = 0, height = 0, sampling = 0, space = 0;
  tjDecompressHeader3(handle, data, size, &width, &height, &sampling, &space);
  return std::int64_t{width} * height > most && std::int64_t{width} * height <= image::kMaxPixels;
}

}  // namespace

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const int orientation = image::exif_orientation(bytes);
  if (orientation < 1 || orientation > 8) fuzz::found(str_cat("orientation ", orientation));
  if (!is_large(data, size)) fuzz::accepts<Error>([&] { image::decode_jpeg(bytes, "x.jpg"); });
  return 0;
}
