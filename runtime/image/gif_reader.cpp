#include <backflow/runtime/image/gif_reader.h>

#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include <backflow/graph/error.h>

namespace backflow::image {
namespace {

struct CloseGif {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

/// Reads the records of a file up to its first image.
class GifReader {
 public:
  GifReader(std::span<const std::byte> bytes, const std::string& what) : rest_(bytes), what_(what) {
    int error = 0;
    gif_.reset(DGifOpen(&rest_, &take, &error));
    require(gif_ != nullptr, "[", what_, "] the GIF file is broken: ", reason(error));
  }

  Image first_frame() {
    Image image = blank_image(std::max(1, gif_->SWidth), std::max(1, gif_->SHeight));
    while (true) {
      GifRecordType record = UNDEFINED_RECORD_TYPE;
      check(DGifGetRecordType(gif_.get(), &record));
      if (record == IMAGE_DESC_RECORD_TYPE) {
        read_frame(image);
        return image;
      }
      require(record == EXTENSION_RECORD_TYPE, "[", what_, "] there is no image in the GIF file");
      read_extension();
    }
  }

 private:
  static int take(GifFileType* gif, GifByteType* out, int count) {
    auto& rest = *static_cast<std::span<const std::byte>*>(gif->UserData);
    const std::size_t n = std::min(rest.size(), static_cast<std::size_t>(std::max(0, count)));
    std::memcpy(out, rest.data(), n);
    rest = rest.subspan(n);
    return static_cast<int>(n);
  }
  static std::string reason(int error) {
    const char* text = GifErrorString(error);
    return text ? text : "it ends too early";
  }
  void check(int status) const {
    require(status != GIF_ERROR, "[", what_, "] the GIF file is broken: ", reason(gif_->Error));
  }

  /// The graphics control of the image that follows says which colour is transparent.
  void read_extension() {
    int code = 0;
    GifByteType* block = nullptr;
    check(DGifGetExtension(gif_.get(), &code, &block));
    while (block) {
      GraphicsControlBlock control;
      if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
        transparent_ = control.TransparentColor;
      check(DGifGetExtensionNext(gif_.get(), &block));
    }
  }

  void read_frame(Image& image) {
    check(DGifGetImageDesc(gif_.get()));
    const GifImageDesc& d = gif_->Image;
    const ColorMapObject* colours = d.ColorMap ? d.ColorMap : gif_->SColorMap;
    require(colours != nullptr, "[", what_, "] the GIF file is broken: it has no colours");
    check_image_size(d.Width, d.Height, what_);
    std::vector<GifPixelType> line(static_cast<std::size_t>(d.Width));
    constexpr int kFirst[] = {0, 4, 2, 1}, kStep[] = {8, 8, 4, 2};  // of the passes of an interlaced image
    for (int pass = d.Interlace ? 0 : 3; pass < 4; ++pass)
      for (int y = d.Interlace ? kFirst[pass] : 0; y < d.Height; y += d.Interlace ? kStep[pass] : 1) {
        check(DGifGetLine(gif_.get(), line.data(), d.Width));
        draw(line, *colours, d.Left, d.Top + y, image);
      }
  }

  void draw(const std::vector<GifPixelType>& line, const ColorMapObject& colours, int left, int y, Image& image) const {
    if (y < 0 || y >= image.height) return;
    for (int x = 0; x < static_cast<int>(line.size()); ++x) {
      const int value = line[static_cast<std::size_t>(x)];
      if (left + x < 0 || left + x >= image.width || value == transparent_ || value >= colours.ColorCount) continue;
      const GifColorType& c = colours.Colors[value];
      const Colour colour{c.Red, c.Green, c.Blue};
      std::copy(colour.begin(), colour.end(), image.at(left + x, y));
    }
  }

  std::span<const std::byte> rest_;
  std::string what_;
  std::unique_ptr<GifFileType, CloseGif> gif_;
  int transparent_ = NO_TRANSPARENT_COLOR;
};

}  // namespace

bool is_gif(std::span<const std::byte> bytes) {
  return bytes.size() >= 6 &&
         (std::memcmp(bytes.data(), "GIF87a", 6) == 0 || std::memcmp(bytes.data(), "GIF89a", 6) == 0);
}

Image decode_gif(std::span<const std::byte> bytes, const std::string& what) {
  return GifReader(bytes, what).first_frame();
}

}  // namespace backflow::image
