#include <backflow/graph/error.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/models/torchvision.h>

namespace backflow::models {
namespace {

/// A 1×1 convolution to few channels, then a 1×1 and a 3×3 one side by side.
Value fire(NetworkBuilder& b, Value x, std::int64_t squeeze, std::int64_t expand, const std::string& name) {
  const auto layer = [&](Value in, const std::string& part, std::int64_t out, std::int64_t kernel) {
    const Value y = b.conv2d(in, {.out = out, .kernel = kernel, .padding = kernel / 2, .name = name + "." + part});
    return b.relu(y, name + "." + part + "_activation");
  };
  x = layer(x, "squeeze", squeeze, 1);
  const Value narrow = layer(x, "expand1x1", expand, 1), wide = layer(x, "expand3x3", expand, 3);
  return b.keep(name + ".cat", concat({narrow, wide}, {.name = name + ".cat"}));
}

}  // namespace

Architecture squeezenet(bool is_1_1, std::int64_t classes) {
  return {[is_1_1, classes](NetworkBuilder& b, Value x) {
    int layer = 0;
    const auto name = [&] { return str_cat("features.", layer++); };
    x = b.conv2d(x, {.out = is_1_1 ? 64 : 96, .kernel = is_1_1 ? 3 : 7, .stride = 2, .name = name()});
    x = b.relu(x, name());
    const auto pool = [&] { x = b.max_pool2d(x, {.kernel = 3, .stride = Pair(2), .ceil_mode = true, .name = name()}); };
    pool();
    // Version 1.1 pools earlier.
    const int first = is_1_1 ? 2 : 3, second = is_1_1 ? 4 : 7;
    for (int i = 0; i < 8; ++i) {
      if (i == first || i == second) pool();
      const std::int64_t width = 16 * (i / 2 + 1);
      x = fire(b, x, width, 4 * width, name());
    }
    x = b.relu(b.conv2d(x, {.out = classes, .kernel = 1, .name = "classifier.1"}), "classifier.2");
    return flatten(b.keep("classifier.3", global_average_pool2d(x, "classifier.3")));
  }};
}

}  // namespace backflow::models
