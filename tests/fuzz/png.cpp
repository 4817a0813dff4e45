// PNG files: texts and pixels, as they are and with the checksums that libpng asks for.
#include "tests/support/png.h"
#include <backflow/runtime/image/png.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

namespace {

/// Of more pixels than this an image may be, but not thousands of times.
constexpr std::uint64_t kManyPixels = 1 << 14;

void read(const std::string& png) {
  const auto bytes = std::as_bytes(std::span(png));
  fuzz::accepts<Error>([&] { image::decode_png_text(bytes, "x.png"); });
  constexpr std::size_t width = 16, height = 20;  // where they lie in a file
  if (png.size() >= height + 4) {
    const std::uint64_t pixels = std::uint64_t{png_number(png, width)} * png_number(png, height);
    if (pixels > kManyPixels && pixels <= std::uint64_t{image::kMaxPixels}) return;
  }
  fuzz::accepts<Error>([&] {
    const image::Image image = image::decode_png(bytes, "x.png");
    if (image::decode_png(image::encode_png(image), "again") != image) fuzz::found("other pixels when written");
  });
}

}  // namespace

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const std::string png = fuzz::text_of(data, size), whole = with_checksums(png);
  if (whole != png) read(png);
  read(whole);
  return 0;
}
