// WebP files.
#include <backflow/runtime/image/webp_reader.h>

#include <webp/decode.h>

#include "tests/fuzz/fuzz.h"

using namespace backflow;

namespace {

/// Of more pixels than a fuzzer decodes thousands of times.
bool is_large(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t most = 1 << 14;
  int width = 0, height = 0;
  return WebPGetInfo(data, size, &width, &height) != 0 && std::int64_t{width} * height > most;
}

}  // namespace

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (image::is_webp(bytes) && !is_large(data, size))
    fuzz::accepts<Error>([&] { image::decode_webp(bytes, "x.webp"); });
  return 0;
}
