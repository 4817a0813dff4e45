#include <backflow/runtime/image/image.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/file_bytes.h>
#include <backflow/runtime/image/gif_reader.h>
#include <backflow/runtime/image/jpeg.h>
#include <backflow/runtime/image/png.h>
#include <backflow/runtime/image/webp_reader.h>

namespace backflow::image {

void check_image_size(std::int64_t width, std::int64_t height, const std::string& what) {
  require(width > 0 && height > 0 && width <= kMaxPixels && height <= kMaxPixels && width * height <= kMaxPixels, "[",
          what, "] an image has 1 … ", kMaxPixels, " pixels, this one would have ", width, " × ", height);
}

Image blank_image(int width, int height, Colour colour) {
  check_image_size(width, height, "image");
  Image image{width, height, {}};
  image.rgb.resize(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = colour[i % 3];
  return image;
}

Image read_image(const std::filesystem::path& file, int enough) {
  const std::string name = file.string();
  const std::vector<std::byte> bytes = files::file_bytes(file);
  if (is_png(bytes)) return decode_png(bytes, name);
  if (is_jpeg(bytes)) return decode_jpeg(bytes, name, enough);
  if (is_webp(bytes)) return decode_webp(bytes, name);
  if (is_gif(bytes)) return decode_gif(bytes, name);
  fail("[", name, "] is no PNG, JPEG, WebP or GIF file");
}

void write_image(const std::filesystem::path& file, const Image& image) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  if (ending == ".png") return write_png(file, image);
  if (ending == ".jpg" || ending == ".jpeg") return write_jpeg(file, image);
  fail("[", file.string(), "] images are written as .png, .jpg or .jpeg, got '", ending, "'");
}

}  // namespace backflow::image
