#include <array>
#include <map>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/models/torchvision.h>

namespace backflow::models {
namespace {

/// Convolutions with batch normalisation, and a shortcut around them, which is a strided 1×1 one where the shape
/// changes.
class ResidualBlock {
 public:
  ResidualBlock(NetworkBuilder& b, std::string name) : b_(b), name_(std::move(name)) {}

  /// Two 3×3 convolutions.
  Value basic(Value x, std::int64_t width, std::int64_t stride) {
    Value y = b_.relu(normalized(x, 1, width, 3, stride), name_ + ".relu");
    y = normalized(y, 2, width, 3, 1);
    return joined(x, y, stride, "_1");
  }
  /// 1×1, 3×3 and 1×1, the last to four times the width.
  Value bottleneck(Value x, std::int64_t width, std::int64_t stride) {
    Value y = b_.relu(normalized(x, 1, width, 1, 1), name_ + ".relu");
    y = b_.relu(normalized(y, 2, width, 3, stride), name_ + ".relu_1");
    y = normalized(y, 3, 4 * width, 1, 1);
    return joined(x, y, stride, "_2");
  }

 private:
  Value convolution(Value x, const std::string& part, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
    return b_.conv2d(x, {.out = out,
                         .kernel = kernel,
                         .stride = stride,
                         .padding = kernel / 2,
                         .bias = false,
                         .name = name_ + "." + part});
  }
  Value normalized(Value x, int number, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
    return b_.batch_norm(convolution(x, str_cat("conv", number), out, kernel, stride), str_cat(name_, ".bn", number));
  }
  Value joined(Value x, Value y, std::int64_t stride, const std::string& relu) {
    const std::int64_t out = y.shape()[1];
    if (stride != 1 || x.shape()[1] != out)
      x = b_.batch_norm(convolution(x, "downsample.0", out, 1, stride), name_ + ".downsample.1");
    return b_.relu(b_.keep(name_ + ".add", add(y, x, name_ + ".add")), name_ + ".relu" + relu);
  }

  NetworkBuilder& b_;
  std::string name_;
};

}  // namespace

Architecture resnet(int depth, std::int64_t classes) {
  static const std::map<int, std::array<int, 4>> configurations{
      {18, {2, 2, 2, 2}}, {34, {3, 4, 6, 3}}, {50, {3, 4, 6, 3}}};
  const auto found = configurations.find(depth);
  require(found != configurations.end(), "[resnet] there are 18, 34 and 50 layers, not ", depth);
  constexpr int first_with_bottlenecks = 50;
  return {[blocks = found->second, deep = depth >= first_with_bottlenecks, classes](NetworkBuilder& b, Value x) {
    x = b.conv2d(x, {.out = 64, .kernel = 7, .stride = 2, .padding = 3, .bias = false, .name = "conv1"});
    x = b.relu(b.batch_norm(x, "bn1"), "relu");
    x = b.max_pool2d(x, {.kernel = 3, .stride = Pair(2), .padding = 1, .name = "maxpool"});
    std::int64_t width = 64;
    for (std::size_t stage = 0; stage < blocks.size(); ++stage, width *= 2)
      for (int i = 0; i < blocks[stage]; ++i) {
        ResidualBlock block(b, str_cat("layer", stage + 1, ".", i));
        const std::int64_t stride = i == 0 && stage > 0 ? 2 : 1;
        x = deep ? block.bottleneck(x, width, stride) : block.basic(x, width, stride);
      }
    x = b.keep("avgpool", global_average_pool2d(x, "avgpool"));
    return b.linear(flatten(x), {.out = classes, .name = "fc"});
  }};
}

}  // namespace backflow::models
