#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/relu6.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/models/torchvision.h>

namespace backflow::models {
namespace {

/// A convolution `name`.0, a batch normalisation `name`.1 and a relu6 `name`.
Value clipped(NetworkBuilder& b, Value x, const Conv2dOptions& o) {
  return b.keep(o.name, relu6(b.normalized_conv2d(x, o), o.name));
}

/// Widened by a 1×1 convolution, filtered by channel, narrowed by another 1×1 one, with a shortcut where that fits.
Value inverted_residual(NetworkBuilder& b, Value x, std::int64_t expand, std::int64_t out, std::int64_t stride,
                        const std::string& name) {
  const std::int64_t in = x.shape()[1], hidden = expand * in;
  int part = 0;
  const auto next = [&] { return str_cat(name, ".conv.", part++); };
  Value y = x;
  if (expand != 1) y = clipped(b, y, {.out = hidden, .kernel = 1, .name = next()});
  y = clipped(b, y, {.out = hidden, .kernel = 3, .stride = stride, .groups = hidden, .name = next()});
  y = b.conv2d(y, {.out = out, .kernel = 1, .bias = false, .name = next()});
  y = b.batch_norm(y, next());
  return stride == 1 && in == out ? b.keep(name + ".add", add(x, y, name + ".add")) : y;
}

struct InvertedResiduals {
  std::int64_t expand, out;
  int count;
  std::int64_t stride;  // of the first
};

}  // namespace

Architecture mobilenet_v2(std::int64_t classes) {
  return {[classes](NetworkBuilder& b, Value x) {
    x = clipped(b, x, {.out = 32, .kernel = 3, .stride = 2, .name = "features.0"});
    int layer = 1;
    for (const auto& s : std::initializer_list<InvertedResiduals>{
             {1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}})
      for (int i = 0; i < s.count; ++i)
        x = inverted_residual(b, x, s.expand, s.out, i == 0 ? s.stride : 1, str_cat("features.", layer++));
    x = clipped(b, x, {.out = 1280, .kernel = 1, .name = str_cat("features.", layer)});
    x = b.keep("adaptive_avg_pool2d", global_average_pool2d(x, "adaptive_avg_pool2d"));
    return b.linear(flatten(x), {.out = classes, .name = "classifier.1"});
  }};
}

}  // namespace backflow::models
