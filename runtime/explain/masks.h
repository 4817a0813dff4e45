// Which pixels of an image the network gets to see: windows that hide some, and random masks. Internal to
// runtime/explain/.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <backflow/runtime/explain/options.h>

namespace backflow::explain {

/// A rectangle of pixels, [top, bottom) × [left, right).
struct Window {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
};

/// `side` and `stride` of occlusion's windows, where the options leave them open those of the image's size.
struct WindowSize {
  std::int64_t side = 0, stride = 0;
};
WindowSize window_size(const ExplainOptions& options, std::int64_t height, std::int64_t width);

/// All windows row by row. They cover the image; the last ones may reach over its end, where they are cut, as captum's
/// are.
std::vector<Window> windows(const WindowSize& size, std::int64_t height, std::int64_t width);

/// RISE's mask `number` into `mask` [height, width], in 0 … 1: a grid of cells of which each is seen with the
/// probability keep, enlarged bilinearly to a little more than the image and shifted at random by up to a cell.
void random_mask(const ExplainOptions& options, std::uint32_t number, std::int64_t height, std::int64_t width,
                 std::span<float> mask);

}  // namespace backflow::explain
