// An ONNX file is trained further, by its own parameters, and asked for the gradient of a class by the image. Usage:
// train_onnx FILE; the network reads [N, 3, H, W] of any size.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>

#include <backflow/graph/gradient.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/models/graph_file.h>
#include <backflow/runtime/scheduler/scheduler.h>

using namespace backflow;

namespace {

constexpr std::int64_t kBatch = 8, kSide = 9;

/// Sample n belongs to class n % 3: its channel n % 3 is bright.
void make_samples(std::span<float> images, std::span<std::int32_t> labels) {
  constexpr std::size_t pixels = kSide * kSide, channels = 3;
  for (std::size_t n = 0; n < labels.size(); ++n) {
    labels[n] = static_cast<std::int32_t>(n % channels);
    for (std::size_t i = 0; i < channels * pixels; ++i)
      images[n * channels * pixels + i] = i / pixels == n % channels ? 1.0F : 0.1F * static_cast<float>(i % 7);
  }
}

int train(const std::filesystem::path& path) {
  // [onnx]
  const models::GraphFile file(path);
  Graph g;
  const Value x = g.input("x", {.shape = {kBatch, 3, kSide, kSide}, .image = true});
  const Value logits = file.build(g, {{file.inputs().at(0).name, x}}).at(file.outputs().at(0).name);
  const Value loss = softmax_cross_entropy(logits, g.input("label", {{kBatch}, Type::s32}));
  const auto parameters = g.parameters();  // the file's weights, under their own names
  const auto gradients = gradient({loss}, parameters);
  g.output("dx", gradient(loss, x));  // by the image; reads weights, so it comes before their updates
  const Value rate = g.input("rate", {{1}});
  for (std::size_t i = 0; i < parameters.size(); ++i) sgd(parameters[i], gradients[i], rate);
  g.output("loss", loss);
  // [onnx]
  Store store;
  Scheduler scheduler;
  Flow flow(g, store, scheduler);
  make_samples(flow.input("x").as(), flow.input("label").as<std::int32_t>());
  flow.input("rate").as()[0] = 0.1F;
  flow.run();
  const float first = flow.scalar("loss");
  for (int step = 0; step < 100; ++step) flow.run();
  const auto dx = flow.output("dx");
  const float steepest = *std::max_element(dx.begin(), dx.end());
  std::printf("loss %.4f, after 100 steps %.4f; steepest pixel %.2g\n", first, flow.scalar("loss"), steepest);
  return flow.scalar("loss") < first / 2 && steepest > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: train_onnx FILE\n");
    return 2;
  }
  try {
    return train(argv[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "train_onnx: %s\n", e.what());
    return 1;
  }
}
