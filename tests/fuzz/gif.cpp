// GIF files.
#include <backflow/runtime/image/gif_reader.h>

#include "tests/fuzz/fuzz.h"

using namespace backflow;

namespace {

/// Of more pixels than a fuzzer decodes thousands of times, in its canvas.
bool is_large(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t most = 1 << 14;
  if (size < 10) return false;
  const std::int64_t pixels = (data[6] + 256 * data[7]) * std::int64_t{data[8] + 256 * data[9]};
  return pixels > most && pixels <= image::kMaxPixels;
}

}  // namespace

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (image::is_gif(bytes) && !is_large(data, size)) fuzz::accepts<Error>([&] { image::decode_gif(bytes, "x.gif"); });
  return 0;
}
