#include <backflow/runtime/explain/masks.h>

#include <algorithm>

#include <backflow/graph/random.h>

namespace backflow::explain {
namespace {

std::int64_t windows_along(const WindowSize& s, std::int64_t length) {
  return s.side >= length ? 1 : (length - s.side + s.stride - 1) / s.stride + 1;
}

struct GridPlace {
  std::int64_t low = 0, high = 0;
  float share = 0;  // of high
};

/// Where the pixels of one axis lie in the grid.
std::vector<GridPlace> grid_places(std::int64_t length, std::int64_t cells, std::int64_t cell, std::int64_t shift) {
  std::vector<GridPlace> result;
  const double scale = static_cast<double>(cells) / static_cast<double>((cells + 1) * cell);
  for (std::int64_t i = 0; i < length; ++i) {
    const double at = std::max(0.0, (static_cast<double>(i + shift) + 0.5) * scale - 0.5);
    const auto low = std::min(static_cast<std::int64_t>(at), cells - 1);
    result.push_back({low, std::min(low + 1, cells - 1), static_cast<float>(at - static_cast<double>(low))});
  }
  return result;
}

}  // namespace

WindowSize window_size(const ExplainOptions& o, std::int64_t height, std::int64_t width) {
  const std::int64_t shorter = std::min(height, width);
  const std::int64_t side = o.window > 0 ? std::min(o.window, shorter) : std::max<std::int64_t>(1, shorter / 8);
  return {side, o.stride > 0 ? std::min(o.stride, side) : std::max<std::int64_t>(1, side / 4)};
}

std::vector<Window> windows(const WindowSize& s, std::int64_t height, std::int64_t width) {
  std::vector<Window> result;
  for (std::int64_t r = 0; r < windows_along(s, height); ++r)
    for (std::int64_t c = 0; c < windows_along(s, width); ++c)
      result.push_back({r * s.stride, std::min(height, r * s.stride + s.side), c * s.stride,
                        std::min(width, c * s.stride + s.side)});
  return result;
}

void random_mask(const ExplainOptions& o, std::uint32_t number, std::int64_t height, std::int64_t width,
                 std::span<float> mask) {
  const std::int64_t s = o.cells, cell_height = (height + s - 1) / s, cell_width = (width + s - 1) / s;
  const auto draw = [&](std::int64_t i) {
    const auto n = static_cast<std::uint64_t>(i);
    return unit_uniform(random_words(o.seed, stream_of("rise"), number, n / 4)[n % 4]);
  };
  const auto shift = [&](std::int64_t i, std::int64_t cell) {
    return static_cast<std::int64_t>(draw(i) * static_cast<float>(cell));
  };
  std::vector<float> grid;
  for (std::int64_t i = 0; i < s * s; ++i) grid.push_back(draw(i) < static_cast<float>(o.keep) ? 1.0F : 0.0F);
  const auto rows = grid_places(height, s, cell_height, shift(s * s, cell_height));
  const auto columns = grid_places(width, s, cell_width, shift(s * s + 1, cell_width));
  auto out = mask.begin();
  for (const GridPlace& r : rows)
    for (const GridPlace& c : columns) {
      const float *above = grid.data() + r.low * s, *below = grid.data() + r.high * s;
      const float top = above[c.low] + c.share * (above[c.high] - above[c.low]);
      const float bottom = below[c.low] + c.share * (below[c.high] - below[c.low]);
      *out++ = top + r.share * (bottom - top);
    }
}

}  // namespace backflow::explain
