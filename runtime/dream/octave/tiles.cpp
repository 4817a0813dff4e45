#include <backflow/runtime/dream/octave/tiles.h>

#include <algorithm>

namespace backflow::dream {
namespace {

std::int64_t up_to_multiple(std::int64_t value, std::int64_t of) { return (value + of - 1) / of * of; }

}  // namespace

TileAxis tiles_along(std::int64_t length, std::int64_t tile, std::int64_t halo, std::int64_t stride) {
  TileAxis axis;
  const std::int64_t core = up_to_multiple(tile, stride), around = up_to_multiple(halo, stride);
  // The last window ends where the image ends and must begin at a multiple too.
  axis.window = std::min(length, core + 2 * around + length % stride);
  for (std::int64_t begin = 0; begin < length; begin += core) {
    const std::int64_t origin = std::clamp<std::int64_t>(begin - around, 0, length - axis.window);
    axis.cuts.push_back({begin, std::min(begin + core, length), origin});
  }
  return axis;
}

}  // namespace backflow::dream
