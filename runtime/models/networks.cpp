#include "runtime/models/networks.h"

#include "graph/error.h"
#include "ops/conv2d.h"
#include "ops/linear.h"
#include "ops/max_pool2d.h"
#include "ops/relu.h"
#include "ops/reshape.h"

namespace backflow {

Network mlp(std::vector<std::int64_t> hidden, std::int64_t classes) {
  return [hidden = std::move(hidden), classes](Value images) {
    Value x = flatten(images);  // [N, C·H·W]
    int layer = 1;
    for (std::int64_t width : hidden) x = relu(linear(x, {.out = width, .name = concat("fc", layer++)}));
    return linear(x, {.out = classes, .name = concat("fc", layer)});
  };
}

Network cnn(std::int64_t classes) {
  return [classes](Value images) {
    Value x = relu(conv2d(images, {.out = 32, .kernel = 3, .padding = 1, .name = "conv1"}));
    x = max_pool2d(x, {.kernel = 2, .name = "pool1"});
    x = relu(conv2d(x, {.out = 64, .kernel = 3, .padding = 1, .name = "conv2"}));
    x = max_pool2d(x, {.kernel = 2, .name = "pool2"});
    x = relu(linear(flatten(x), {.out = 128, .name = "fc1"}));
    return linear(x, {.out = classes, .name = "fc2"});
  };
}

}  // namespace backflow
