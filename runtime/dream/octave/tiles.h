// How an image is cut into tiles that the network sees one by one, each with enough around it.
// Internal to runtime/dream/.
#pragma once

#include <cstdint>
#include <vector>

namespace backflow::dream {

/// Along one axis: the network sees [origin, origin + window), of which [begin, end) is the tile.
struct TileCut {
  std::int64_t begin = 0, end = 0, origin = 0;
};

struct TileAxis {
  std::int64_t window = 0;  // the same for all
  std::vector<TileCut> cuts;
};

/// Cuts `length` pixels into tiles of `tile`, the last one shorter. Windows lie inside the image and begin at multiples
/// of `stride`; around a tile they have at least `halo` pixels, or all that there are.
TileAxis tiles_along(std::int64_t length, std::int64_t tile, std::int64_t halo, std::int64_t stride);

}  // namespace backflow::dream
