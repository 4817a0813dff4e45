// Animated WebP through libwebp.
#include <webp/encode.h>
#include <webp/mux.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/image/animation_encoder.h>

namespace backflow::image {
namespace {

/// libwebp's image; it owns memory.
class WebpPicture {
 public:
  explicit WebpPicture(const Image& image) {
    require(WebPPictureInit(&picture) != 0, "[webp] libwebp is another version than its header");
    picture.use_argb = 1;
    picture.width = image.width;
    picture.height = image.height;
    require(WebPPictureImportRGB(&picture, image.rgb.data(), 3 * image.width) != 0, "[webp] not enough memory");
  }
  ~WebpPicture() { WebPPictureFree(&picture); }
  WebpPicture(const WebpPicture&) = delete;
  WebpPicture& operator=(const WebpPicture&) = delete;

  WebPPicture picture;
};

class WebpEncoder final : public Animation::Encoder {
 public:
  explicit WebpEncoder(const AnimationOptions& options) : loops_(options.loops) {
    require(WebPConfigInit(&config_) != 0, "[webp] libwebp is another version than its header");
    config_.lossless = options.lossless ? 1 : 0;
    config_.quality = static_cast<float>(options.quality);
    config_.exact = 1;
  }

  void add(const Image& frame, int milliseconds) override {
    if (!encoder_) open(frame);
    WebpPicture p(frame);
    check(WebPAnimEncoderAdd(encoder_.get(), &p.picture, time_, &config_));
    time_ += milliseconds;
  }

  std::string finish() override {
    check(WebPAnimEncoderAdd(encoder_.get(), nullptr, time_, nullptr));
    WebPData data;
    WebPDataInit(&data);
    check(WebPAnimEncoderAssemble(encoder_.get(), &data));
    std::string bytes(reinterpret_cast<const char*>(data.bytes), data.size);
    WebPDataClear(&data);
    return bytes;
  }

 private:
  void open(const Image& frame) {
    require(frame.width <= WEBP_MAX_DIMENSION && frame.height <= WEBP_MAX_DIMENSION, "[webp] a side has 1 … ",
            WEBP_MAX_DIMENSION, " pixels, the frame has ", frame.width, " × ", frame.height);
    WebPAnimEncoderOptions options;
    require(WebPAnimEncoderOptionsInit(&options) != 0, "[webp] libwebp is another version than its header");
    options.anim_params.loop_count = loops_;
    encoder_.reset(WebPAnimEncoderNew(frame.width, frame.height, &options));
    require(encoder_ != nullptr, "[webp] not enough memory");
  }
  void check(int ok) const { require(ok != 0, "[webp] ", WebPAnimEncoderGetError(encoder_.get())); }

  struct Free {
    void operator()(WebPAnimEncoder* e) const { WebPAnimEncoderDelete(e); }
  };
  WebPConfig config_;
  int loops_, time_ = 0;
  std::unique_ptr<WebPAnimEncoder, Free> encoder_;
};

}  // namespace

std::unique_ptr<Animation::Encoder> webp_encoder(const AnimationOptions& options) {
  return std::make_unique<WebpEncoder>(options);
}

}  // namespace backflow::image
