// A WebP file, or the first frame of an animated one, through libwebp. Internal to runtime/image/.
#pragma once

#include <backflow/runtime/image/image.h>

namespace backflow::image {

bool is_webp(std::span<const std::byte> bytes);
/// `what` is the image's name in errors. Transparency is blended over white.
Image decode_webp(std::span<const std::byte> bytes, const std::string& what);

}  // namespace backflow::image
