// Prediction with another batch size than that of training. The batch is part of a graph, so the same network is built
// again; the weights come from a file.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include <backflow/graph/graph.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/minimize.h>

using namespace backflow;

namespace {

/// Two numbers [N, 2] → logits [N, 2]
Value network(Value x) {
  return linear(relu(linear(x, {.out = 16, .name = "fc1"}), "relu1"), {.out = 2, .name = "fc2"});
}

/// Points of a square; is the point above the diagonal?
void make_points(std::span<float> points, std::int32_t* labels) {
  for (std::size_t i = 0; i < points.size() / 2; ++i) {
    const auto k = static_cast<float>(i);
    points[2 * i] = std::fmod(k * 0.37F, 1.0F);
    points[2 * i + 1] = std::fmod(k * 0.61F, 1.0F);
    if (labels) labels[i] = points[2 * i + 1] > points[2 * i] ? 1 : 0;
  }
}

void fit(const std::filesystem::path& file, Scheduler& scheduler) {
  // [minimize]
  Graph g;
  Value loss = softmax_cross_entropy(network(g.input("x", {{64, 2}})), g.input("label", {{64}, Type::s32}));
  g.output("loss", loss);
  train::minimize(loss, train::Adam{.learning_rate = 0.01F});  // gradients, updates, and a count of the steps
  Store store(1);
  Flow flow(g, store, scheduler);
  make_points(flow.input("x").as(), flow.input("label").as<std::int32_t>().data());
  for (int i = 1; i <= 300; ++i) flow.run();
  // [minimize]
  std::printf("loss %.4f\n", flow.scalar("loss"));
  train::save_weights(file, store, {});
}

}  // namespace

int main() {
  const auto file = std::filesystem::temp_directory_path() / "backflow_other_batch.safetensors";
  Scheduler scheduler;
  fit(file, scheduler);

  // [predict]
  Graph g;
  g.set_mode(Mode::prediction);  // batch_norm and dropout of a network for prediction
  g.output("logits", network(g.input("x", {{3, 2}})));
  Store store;
  Flow flow(g, store, scheduler);    // makes the parameters
  train::load_weights(file, store);  // an Error if they are not those of the file
  const float points[] = {0.1F, 0.9F, 0.8F, 0.2F, 0.3F, 0.6F};
  std::copy(std::begin(points), std::end(points), flow.input("x").as().begin());
  flow.run();
  const auto logits = flow.output("logits");  // [3, 2]
  // [predict]
  std::filesystem::remove(file);
  const bool right = logits[1] > logits[0] && logits[2] > logits[3] && logits[5] > logits[4];
  std::printf("the three points are %s\n", right ? "right" : "WRONG");
  return right ? 0 : 1;
}
