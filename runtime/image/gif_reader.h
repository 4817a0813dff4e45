// The first frame of a GIF file, through giflib. Internal to runtime/image/.
#pragma once

#include <backflow/runtime/image/image.h>

namespace backflow::image {

bool is_gif(std::span<const std::byte> bytes);
/// `what` is the image's name in errors. What the frame leaves out and what is transparent becomes white.
Image decode_gif(std::span<const std::byte> bytes, const std::string& what);

}  // namespace backflow::image
