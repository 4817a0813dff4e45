#include <backflow/ops/depth_to_space.h>

#include <backflow/graph/error.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/transpose.h>

namespace backflow {
namespace {

/// x as `split`, its axes in `order`, as `shape`.
Value rearranged(Value x, const Shape& split, const std::vector<std::int64_t>& order, const Shape& shape,
                 const std::string& name) {
  const Value y = reshape(transpose(reshape(x, split), {.order = order}), shape, name);
  if (x.spec().image) x.graph->mark_image(y);
  return y;
}

void check_blocks(const char* op, Value x, std::int64_t block) {
  require(x.shape().size() == 4, "[", op, "] input needs shape [N, C, H, W], got ", to_string(x.shape()));
  require(block >= 1, "[", op, "] block needs to be ≥ 1, got ", block);
}

}  // namespace

Value depth_to_space(Value x, const DepthToSpaceOptions& o) {
  check_blocks("depth_to_space", x, o.block);
  const Shape& s = x.shape();
  const std::int64_t b = o.block, channels = s[1] / (b * b);
  require(channels * b * b == s[1], "[depth_to_space] ", s[1], " channels are no blocks of ", b, "×", b);
  const Shape y{s[0], channels, s[2] * b, s[3] * b};
  if (o.order == BlockOrder::dcr)
    return rearranged(x, {s[0], b, b, channels, s[2], s[3]}, {0, 3, 4, 1, 5, 2}, y, o.name);
  return rearranged(x, {s[0], channels, b, b, s[2], s[3]}, {0, 1, 4, 2, 5, 3}, y, o.name);
}

Value space_to_depth(Value x, const DepthToSpaceOptions& o) {
  check_blocks("space_to_depth", x, o.block);
  const Shape& s = x.shape();
  const std::int64_t b = o.block, height = s[2] / b, width = s[3] / b;
  require(height * b == s[2] && width * b == s[3], "[space_to_depth] ", s[2], "×", s[3], " pixels are no blocks of ", b,
          "×", b);
  const std::vector<std::int64_t> order = o.order == BlockOrder::dcr ? std::vector<std::int64_t>{0, 3, 5, 1, 2, 4}
                                                                     : std::vector<std::int64_t>{0, 1, 3, 5, 2, 4};
  return rearranged(x, {s[0], s[1], height, b, width, b}, order, {s[0], s[1] * b * b, height, width}, o.name);
}

}  // namespace backflow
