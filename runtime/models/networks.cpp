#include <backflow/runtime/models/networks.h>

#include <array>

#include <backflow/graph/error.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::models {

Architecture mlp(std::vector<std::int64_t> hidden, std::int64_t classes) {
  return {[hidden = std::move(hidden), classes](NetworkBuilder& b, Value images) {
    Value x = flatten(images);  // [N, C·H·W]
    int layer = 1;
    for (std::int64_t width : hidden) {
      x = b.linear(x, {.out = width, .name = str_cat("fc", layer)});
      x = b.keep(str_cat("relu", layer++), relu(x));
    }
    return b.linear(x, {.out = classes, .name = str_cat("fc", layer)});
  }};
}

Architecture cnn(std::int64_t classes) {
  return {[classes](NetworkBuilder& b, Value images) {
    Value x = b.keep("relu1", relu(b.conv2d(images, {.out = 32, .kernel = 3, .padding = 1, .name = "conv1"})));
    x = b.max_pool2d(x, {.kernel = 2, .name = "pool1"});
    x = b.keep("relu2", relu(b.conv2d(x, {.out = 64, .kernel = 3, .padding = 1, .name = "conv2"})));
    x = b.max_pool2d(x, {.kernel = 2, .name = "pool2"});
    x = b.keep("relu3", relu(b.linear(flatten(x), {.out = 128, .name = "fc1"})));
    return b.linear(x, {.out = classes, .name = "fc2"});
  }};
}

Architecture allconv(std::int64_t classes) {
  return {[classes](NetworkBuilder& b, Value x) {
    constexpr std::array<std::array<std::int64_t, 2>, 5> kOutAndStride{{{32, 1}, {32, 2}, {64, 1}, {64, 2}, {64, 1}}};
    int layer = 1;
    for (const auto& [out, stride] : kOutAndStride) {
      const std::string number = std::to_string(layer++);
      x = b.conv2d(x, {.out = out, .kernel = 3, .stride = stride, .padding = 1, .name = "conv" + number});
      x = b.relu(x, "relu" + number);
    }
    return reduce_mean(b.conv2d(x, {.out = classes, .kernel = 1, .name = "conv6"}), {.axes = {2, 3}});
  }};
}

Architecture train_network(const std::string& name, const std::vector<std::int64_t>& hidden, std::int64_t classes) {
  if (name == "mlp") return mlp(hidden, classes);
  if (name == "cnn") return cnn(classes);
  if (name == "allconv") return allconv(classes);
  fail("unknown model '", files::printable(name), "'; there are mlp, cnn, allconv");
}

}  // namespace backflow::models
