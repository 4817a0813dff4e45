#include <map>

#include <backflow/graph/error.h>
#include <backflow/ops/adaptive_average_pool2d.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/models/torchvision.h>

namespace backflow::models {

Architecture vgg(int depth, bool batch_norm, std::int64_t classes) {
  // Convolutions in each of the five stages: configurations A, B, D and E.
  static const std::map<int, std::vector<int>> configurations{
      {11, {1, 1, 2, 2, 2}}, {13, {2, 2, 2, 2, 2}}, {16, {2, 2, 3, 3, 3}}, {19, {2, 2, 4, 4, 4}}};
  const auto found = configurations.find(depth);
  require(found != configurations.end(), "[vgg] there are 11, 13, 16 and 19 layers, not ", depth);
  return {[stages = found->second, batch_norm, classes](NetworkBuilder& b, Value x) {
    int layer = 0;
    const auto name = [&] { return str_cat("features.", layer++); };
    std::int64_t width = 64;
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
      for (int i = 0; i < stages[stage]; ++i) {
        x = b.conv2d(x, {.out = width, .kernel = 3, .padding = 1, .name = name()});
        if (batch_norm) x = b.batch_norm(x, name());
        x = b.relu(x, name());
      }
      x = b.max_pool2d(x, {.kernel = 2, .name = name()});
      width = std::min<std::int64_t>(2 * width, 512);
    }
    x = b.keep("avgpool", adaptive_average_pool2d(x, {.height = 7, .width = 7, .name = "avgpool"}));
    x = b.relu(b.linear(flatten(x), {.out = 4096, .name = "classifier.0"}), "classifier.1");
    x = b.relu(b.linear(x, {.out = 4096, .name = "classifier.3"}), "classifier.4");
    return b.linear(x, {.out = classes, .name = "classifier.6"});
  }};
}

}  // namespace backflow::models
