// JPEG through libjpeg-turbo. Internal to runtime/image/.
#pragma once

#include <backflow/runtime/image/image.h>

namespace backflow::image {

bool is_jpeg(std::span<const std::byte> bytes);
/// `what` is the image's name in errors. The image is turned as its Exif orientation says; CMYK is taken for
/// Adobe's (inverted) form, which is what programs write. `enough` is as in read_image().
Image decode_jpeg(std::span<const std::byte> bytes, const std::string& what, int enough = 0);

/// `quality` 1 … 100; colours keep their full resolution (4:4:4). The same image gives the same bytes.
std::vector<std::byte> encode_jpeg(const Image& image, int quality = 95);
/// The file appears whole or not at all.
void write_jpeg(const std::filesystem::path& file, const Image& image, int quality = 95);

}  // namespace backflow::image
