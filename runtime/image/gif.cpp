// Animated GIF through giflib; each frame has a palette of its own.
#include <gif_lib.h>

#include <utility>

#include <backflow/graph/error.h>
#include <backflow/runtime/image/animation_encoder.h>
#include <backflow/runtime/image/palette.h>

namespace backflow::image {
namespace {

constexpr int kMaxPixelsASide = 65'535;

int append(GifFileType* gif, const GifByteType* bytes, int count) {
  static_cast<std::string*>(gif->UserData)
      ->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
  return count;
}

/// giflib's palette of a power of two colours.
class ColourMap {
 public:
  explicit ColourMap(const std::vector<Colour>& palette) {
    int size = 2;
    while (size < static_cast<int>(palette.size())) size *= 2;
    map_.reset(GifMakeMapObject(size, nullptr));
    require(map_ != nullptr, "[gif] not enough memory");
    for (std::size_t i = 0; i < palette.size(); ++i) map_->Colors[i] = {palette[i][0], palette[i][1], palette[i][2]};
  }
  const ColorMapObject* get() const { return map_.get(); }

 private:
  struct Free {
    void operator()(ColorMapObject* m) const { GifFreeMapObject(m); }
  };
  std::unique_ptr<ColorMapObject, Free> map_;
};

class GifEncoder final : public Animation::Encoder {
 public:
  explicit GifEncoder(const AnimationOptions& options) : loops_(options.loops) {}
  ~GifEncoder() override {
    if (gif_ != nullptr) EGifCloseFile(gif_, nullptr);
  }
  GifEncoder(const GifEncoder&) = delete;
  GifEncoder& operator=(const GifEncoder&) = delete;

  void add(const Image& frame, int milliseconds) override {
    if (gif_ == nullptr) open(frame);
    const GraphicsControlBlock control{DISPOSE_DO_NOT, false, (milliseconds + 5) / 10, NO_TRANSPARENT_COLOR};
    std::array<GifByteType, 4> raw{};
    EGifGCBToExtension(&control, raw.data());
    check(EGifPutExtension(gif_, GRAPHICS_EXT_FUNC_CODE, static_cast<int>(raw.size()), raw.data()));
    Indexed picture = indexed(frame);
    const ColourMap map(picture.palette);
    check(EGifPutImageDesc(gif_, 0, 0, frame.width, frame.height, false, map.get()));
    for (int y = 0; y < frame.height; ++y)
      check(EGifPutLine(gif_, picture.indices.data() + static_cast<std::size_t>(y) * frame.width, frame.width));
  }

  std::string finish() override {
    int error = 0;
    const int ok = EGifCloseFile(std::exchange(gif_, nullptr), &error);
    require(ok == GIF_OK, "[gif] ", sentence(error));
    return std::move(bytes_);
  }

 private:
  void open(const Image& frame) {
    require(frame.width <= kMaxPixelsASide && frame.height <= kMaxPixelsASide, "[gif] a side has 1 … ", kMaxPixelsASide,
            " pixels, the frame has ", frame.width, " × ", frame.height);
    int error = 0;
    gif_ = EGifOpen(&bytes_, append, &error);
    require(gif_ != nullptr, "[gif] ", sentence(error));
    EGifSetGifVersion(gif_, true);
    check(EGifPutScreenDesc(gif_, frame.width, frame.height, 8, 0, nullptr));
    // http://www.vurdalakov.net/misc/gif/netscape-looping-application-extension
    const std::array<GifByteType, 3> count{1, static_cast<GifByteType>(loops_ & 0xff),
                                           static_cast<GifByteType>(loops_ >> 8)};
    check(EGifPutExtensionLeader(gif_, APPLICATION_EXT_FUNC_CODE));
    check(EGifPutExtensionBlock(gif_, 11, "NETSCAPE2.0"));
    check(EGifPutExtensionBlock(gif_, static_cast<int>(count.size()), count.data()));
    check(EGifPutExtensionTrailer(gif_));
  }

  static std::string sentence(int error) {
    const char* text = GifErrorString(error);
    return text != nullptr ? text : "giflib failed";
  }
  void check(int ok) const { require(ok == GIF_OK, "[gif] ", sentence(gif_->Error)); }

  int loops_;
  std::string bytes_;
  GifFileType* gif_ = nullptr;
};

}  // namespace

std::unique_ptr<Animation::Encoder> gif_encoder(const AnimationOptions& options) {
  return std::make_unique<GifEncoder>(options);
}

}  // namespace backflow::image
