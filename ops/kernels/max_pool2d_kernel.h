// Max pooling of nhwc images and its gradient, in loops over neighbouring channels. Internal to ops/.
#pragma once

#include <cstdint>
#include <memory>

#include <backflow/graph/kernel.h>
#include <backflow/ops/window.h>

namespace backflow {

struct MaxPoolProblem {
  std::int64_t samples, channels, height, width, out_height, out_width;
  Pair kernel, stride;
  std::int64_t top, left;  // padding; of a tile that begins inside the image, top may be negative
  struct Place {
    std::int64_t sample, row, pixel;  // strides in elements
  } x, y;                             // the places of the largest pixels lie as y
};

/// x → y, and for each window the place of its first largest pixel, row by row, as u8 or s32. Values are f32 or bf16.
std::unique_ptr<Kernel> max_pool_kernel(const MaxPoolProblem& p, Type value, Type place);
/// dy, places → dx. With `by_output` the third input is y, and only windows with y > 0 count.
std::unique_ptr<Kernel> max_pool_gradient_kernel(const MaxPoolProblem& p, Type value, Type place, bool by_output);

}  // namespace backflow
