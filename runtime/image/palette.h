// At most 256 colours that stand for all of an image, as GIF needs them. Internal to runtime/image/.
#pragma once

#include <backflow/runtime/image/image.h>

namespace backflow::image {

struct Indexed {
  std::vector<Colour> palette;        // 1 … 256
  std::vector<std::uint8_t> indices;  // [height, width]
};

/// The image with `most` (2 … 256) colours: its own where they are no more, else the means of boxes by median cut
/// (Heckbert 1982). The same image gives the same palette.
Indexed indexed(const Image& image, int most = 256);

}  // namespace backflow::image
