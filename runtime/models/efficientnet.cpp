#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/silu.h>
#include <backflow/runtime/models/torchvision.h>

namespace backflow::models {
namespace {

/// A convolution `name`.0, a batch normalisation `name`.1 and, unless it ends a block, a silu; the result is `name`.
Value smooth(NetworkBuilder& b, Value x, const Conv2dOptions& o, bool activated = true) {
  x = b.normalized_conv2d(x, o);
  return b.keep(o.name, activated ? silu(x, o.name) : x);
}

/// Channels scaled by what two small layers make of their means (Hu et al. 2017, arXiv:1709.01507).
Value squeeze_excitation(NetworkBuilder& b, Value x, std::int64_t squeeze, const std::string& name) {
  const std::int64_t channels = x.shape()[1];
  Value s = b.keep(name + ".avgpool", global_average_pool2d(x, name + ".avgpool"));
  s = b.conv2d(s, {.out = squeeze, .kernel = 1, .name = name + ".fc1"});
  s = b.keep(name + ".activation", silu(s, name + ".activation"));
  s = b.conv2d(s, {.out = channels, .kernel = 1, .name = name + ".fc2"});
  s = b.keep(name + ".scale_activation", sigmoid(s, name + ".scale_activation"));
  return b.keep(name, multiply(x, s, name));
}

struct MbConvs {
  std::int64_t expand, kernel, stride, out;  // the stride is that of the first
  int count;
};

Value mb_conv(NetworkBuilder& b, Value x, const MbConvs& c, std::int64_t stride, const std::string& name) {
  const std::int64_t in = x.shape()[1], hidden = c.expand * in;
  int part = 0;
  const auto next = [&] { return str_cat(name, ".block.", part++); };
  Value y = x;
  if (c.expand != 1) y = smooth(b, y, {.out = hidden, .kernel = 1, .name = next()});
  y = smooth(b, y, {.out = hidden, .kernel = c.kernel, .stride = stride, .groups = hidden, .name = next()});
  y = squeeze_excitation(b, y, std::max<std::int64_t>(1, in / 4), next());
  y = smooth(b, y, {.out = c.out, .kernel = 1, .name = next()}, false);
  return stride == 1 && in == c.out ? b.keep(name + ".add", add(y, x, name + ".add")) : y;
}

}  // namespace

Architecture efficientnet_b0(std::int64_t classes) {
  return {[classes](NetworkBuilder& b, Value x) {
    x = smooth(b, x, {.out = 32, .kernel = 3, .stride = 2, .name = "features.0"});
    int stage = 1;
    for (const MbConvs& c : std::initializer_list<MbConvs>{{1, 3, 1, 16, 1},
                                                           {6, 3, 2, 24, 2},
                                                           {6, 5, 2, 40, 2},
                                                           {6, 3, 2, 80, 3},
                                                           {6, 5, 1, 112, 3},
                                                           {6, 5, 2, 192, 4},
                                                           {6, 3, 1, 320, 1}}) {
      for (int i = 0; i < c.count; ++i)
        x = mb_conv(b, x, c, i == 0 ? c.stride : 1, str_cat("features.", stage, ".", i));
      ++stage;
    }
    x = smooth(b, x, {.out = 1280, .kernel = 1, .name = "features.8"});
    x = b.keep("avgpool", global_average_pool2d(x, "avgpool"));
    return b.linear(flatten(x), {.out = classes, .name = "classifier.1"});
  }};
}

}  // namespace backflow::models
