#include <backflow/runtime/image/webp_reader.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include <cstring>
#include <memory>

#include <backflow/graph/error.h>

namespace backflow::image {
namespace {

struct DeleteDecoder {
  void operator()(WebPAnimDecoder* d) const { WebPAnimDecoderDelete(d); }
};

}  // namespace

bool is_webp(std::span<const std::byte> bytes) {
  return bytes.size() >= 12 && std::memcmp(bytes.data(), "RIFF", 4) == 0 &&
         std::memcmp(bytes.data() + 8, "WEBP", 4) == 0;
}

Image decode_webp(std::span<const std::byte> bytes, const std::string& what) {
  const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  int width = 0, height = 0;
  require(WebPGetInfo(data.bytes, data.size, &width, &height) != 0, "[", what, "] the WebP file is broken");
  check_image_size(width, height, what);
  WebPAnimDecoderOptions options;
  require(WebPAnimDecoderOptionsInit(&options) != 0, "[webp] libwebp is another version than its header");
  options.color_mode = MODE_RGBA;
  const std::unique_ptr<WebPAnimDecoder, DeleteDecoder> decoder(WebPAnimDecoderNew(&data, &options));
  std::uint8_t* rgba = nullptr;  // the decoder's
  int time = 0;
  WebPAnimInfo info;
  require(decoder && WebPAnimDecoderGetInfo(decoder.get(), &info) != 0 &&
              WebPAnimDecoderGetNext(decoder.get(), &rgba, &time) != 0,
          "[", what, "] the WebP file is broken or truncated");
  Image image = blank_image(static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height));
  for (std::size_t i = 0; i < image.rgb.size() / 3; ++i)
    for (std::size_t c = 0; c < 3; ++c) image.rgb[3 * i + c] = over_white(rgba[4 * i + c], rgba[4 * i + 3]);
  return image;
}

}  // namespace backflow::image
