#include <backflow/runtime/models/torchvision.h>

#include <array>

#include <backflow/graph/error.h>
#include <backflow/ops/adaptive_average_pool2d.h>
#include <backflow/ops/add.h>
#include <backflow/ops/reshape.h>

namespace backflow::models {
namespace {

/// Two 3×3 convolutions and a shortcut, which is a strided 1×1 one where the size changes.
Value basic_block(NetworkBuilder& b, Value x, std::int64_t out, std::int64_t stride, const std::string& name) {
  const auto convolution = [&](Value in, const std::string& part, std::int64_t kernel, std::int64_t step) {
    return b.conv2d(in, {.out = out,
                         .kernel = kernel,
                         .stride = step,
                         .padding = kernel / 2,
                         .bias = false,
                         .name = name + "." + part});
  };
  Value y = b.relu(b.batch_norm(convolution(x, "conv1", 3, stride), name + ".bn1"), name + ".relu");
  y = b.batch_norm(convolution(y, "conv2", 3, 1), name + ".bn2");
  if (stride != 1) x = b.batch_norm(convolution(x, "downsample.0", 1, stride), name + ".downsample.1");
  return b.relu(b.keep(name + ".add", add(y, x, name + ".add")), name + ".relu_1");
}

}  // namespace

Architecture vgg13_bn(std::int64_t classes) {
  return {[classes](NetworkBuilder& b, Value x) {
    int layer = 0;
    const auto name = [&] { return str_cat("features.", layer++); };
    for (const std::int64_t width : {64, 128, 256, 512, 512}) {
      for (int i = 0; i < 2; ++i) {
        x = b.conv2d(x, {.out = width, .kernel = 3, .padding = 1, .name = name()});
        x = b.batch_norm(x, name());
        x = b.relu(x, name());
      }
      x = b.max_pool2d(x, {.kernel = 2, .name = name()});
    }
    x = b.keep("avgpool", adaptive_average_pool2d(x, {.height = 7, .width = 7, .name = "avgpool"}));
    x = b.relu(b.linear(flatten(x), {.out = 4096, .name = "classifier.0"}), "classifier.1");
    x = b.relu(b.linear(x, {.out = 4096, .name = "classifier.3"}), "classifier.4");
    return b.linear(x, {.out = classes, .name = "classifier.6"});
  }};
}

Architecture resnet18(std::int64_t classes) {
  return {[classes](NetworkBuilder& b, Value x) {
    x = b.conv2d(x, {.out = 64, .kernel = 7, .stride = 2, .padding = 3, .bias = false, .name = "conv1"});
    x = b.relu(b.batch_norm(x, "bn1"), "relu");
    x = b.max_pool2d(x, {.kernel = 3, .stride = Pair(2), .padding = 1, .name = "maxpool"});
    int stage = 1;
    for (const std::int64_t width : {64, 128, 256, 512}) {
      x = basic_block(b, x, width, stage == 1 ? 1 : 2, str_cat("layer", stage, ".0"));
      x = basic_block(b, x, width, 1, str_cat("layer", stage++, ".1"));
    }
    x = b.keep("avgpool", global_average_pool2d(x, "avgpool"));
    return b.linear(flatten(x), {.out = classes, .name = "fc"});
  }};
}

}  // namespace backflow::models
