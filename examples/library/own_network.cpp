// A network of one's own, with batch normalisation and a shortcut: trained with a schedule, evaluated after each epoch,
// interrupted, resumed from its checkpoint to the same result, and loaded from its file as `classify` and `dream` do.
#include <cstdio>
#include <filesystem>

#include <backflow/ops/add.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/evaluator.h>
#include <backflow/runtime/train/trainer.h>

using namespace backflow;

namespace {

/// 800 images of 1 × 8 × 8: the bright row says the class.
data::ImageDataset stripes() {
  data::ImageDataset data({1, 8, 8}, 4, {0.4F}, {0.3F});
  for (int i = 0; i < 800; ++i) {
    for (int p = 0; p < 64; ++p) data.images.push_back(static_cast<std::uint8_t>(p / 16 == i % 4 ? 250 : i * p % 128));
    data.labels.push_back(i % 4);
  }
  return data;
}

// [network]
/// images [N, 1, 8, 8] → logits [N, 4]
Value network(Value images) {
  Value x = conv2d(images, {.out = 8, .kernel = 3, .padding = 1, .name = "conv1"});
  x = relu(batch_norm(x, {.name = "bn1"}), "relu1");
  const Value y = conv2d(x, {.out = 8, .kernel = 3, .padding = 1, .name = "conv2"});
  x = max_pool2d(relu(add(x, y, "shortcut"), "relu2"), {.kernel = 2, .name = "pool"});
  return linear(flatten(x), {.out = 4, .name = "fc"});
}
// [network]

constexpr int kEpochs = 4;

/// Trains from the checkpoint, if there is one, to the end of epoch `last`.
double train_until(std::int64_t last, const std::filesystem::path& checkpoint, Scheduler& scheduler) {
  const data::ImageDataset data = stripes();
  // [train]
  Store store(1);  // the seed of the first weights
  train::TrainOptions options{.epochs = kEpochs, .batch = 40, .learning_rate = 0.002F};
  options.optimizer = train::Optimizer::adam;
  options.schedule.kind = train::ScheduleKind::cosine;
  train::Trainer trainer(network, data, store, scheduler, options);
  train::Evaluator evaluator(network, data, store, scheduler);
  if (std::filesystem::exists(checkpoint)) {
    const train::Metadata found = train::load_checkpoint(checkpoint, store);
    trainer.resume(std::stoll(found.at("step")));
  }
  train::Evaluation result;
  while (!trainer.done() && trainer.steps_done() < last * trainer.steps_per_epoch())
    if (trainer.step().ends_epoch) result = evaluator.run();
  // [train]

  // [save]
  train::Metadata metadata = models::describe(network, data);  // the network travels with its weights
  metadata["step"] = std::to_string(trainer.steps_done());
  train::save_checkpoint(checkpoint, store, metadata);  // with adam's state
  // [save]
  std::printf("step %3ld  loss %.4f  accuracy %.3f\n", static_cast<long>(trainer.steps_done()), result.loss,
              result.accuracy);
  return result.loss;
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / "backflow_own_network";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  Scheduler scheduler;
  const double whole = train_until(kEpochs, folder / "whole.safetensors", scheduler);
  train_until(2, folder / "resumed.safetensors", scheduler);
  const double resumed = train_until(kEpochs, folder / "resumed.safetensors", scheduler);

  // [load]
  const auto model = models::load_model(folder / "resumed.safetensors");  // builds what the file describes
  Graph graph;
  const auto built = model->build(graph.input("image", {.shape = {1, 1, 8, 8}, .image = true}));
  for (const models::Layer& layer : built.layers) std::printf("%s ", layer.name.c_str());
  // [load]
  std::printf("\nthe resumed run %s the whole one\n", resumed == whole ? "equals" : "DIFFERS from");
  std::filesystem::remove_all(folder);
  return resumed == whole ? 0 : 1;
}
