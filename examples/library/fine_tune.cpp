// A trained network gets other classes and is trained further: all but its last layer stay as they are. Usage:
// fine_tune FILE, an ONNX or safetensors file that reads [N, 3, H, W] of any size.
#include <cstdio>
#include <exception>
#include <filesystem>

#include <backflow/graph/random.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/models/fine_tuning.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/evaluator.h>
#include <backflow/runtime/train/trainer.h>

using namespace backflow;

namespace {

constexpr int kClasses = 4, kSide = 12;

/// Grey images with a bright quarter, which says the class.
data::ImageDataset make(int samples, std::uint64_t seed) {
  data::ImageDataset data({1, kSide, kSide}, kClasses);
  for (int i = 0; i < samples; ++i) {
    data.labels.push_back(i % kClasses);
    for (std::uint64_t p = 0; p < kSide * kSide; ++p) {
      const int quarter = static_cast<int>(p / kSide / (kSide / 2) * 2 + p % kSide / (kSide / 2));
      const auto noise = random_words(seed, stream_of("fine_tune"), static_cast<std::uint32_t>(i), p)[0] % 64;
      data.images.push_back(static_cast<std::uint8_t>(noise + (quarter == i % kClasses ? 160 : 0)));
    }
  }
  data::measure(data);
  return data;
}

int run(const std::filesystem::path& path, const std::filesystem::path& tuned) {
  const data::ImageDataset data = make(400, 1);
  Scheduler scheduler;
  // [tune]
  const auto model = models::load_model(path);
  const models::Pretrained start = models::pretrained(*model, data.classes, kSide, kSide);  // another last layer
  const models::FineTuning tuning(start.description, {.freeze = {"conv1"}, .head_rate = 3});
  train::TrainOptions options{.epochs = 30, .batch = 40, .learning_rate = 0.05F};
  options.rate_factors = tuning.rate_factors();
  Store store(1);
  train::Trainer trainer(models::on_images_of(data, tuning.network(), start.input), data, store, scheduler, options);
  start.assign_to(store);  // after the trainer, which chooses how weights lie in memory
  while (!trainer.done()) trainer.step();
  train::save_weights(tuned, store, start.metadata());  // for load_model, classify, dream and export
  // [tune]
  const models::Architecture network = models::described_network(start.description);
  train::Evaluator evaluator(models::on_images_of(data, network, start.input), data, store, scheduler);
  const double accuracy = evaluator.run().accuracy;
  const auto classes = static_cast<int>(models::load_model(tuned)->classes());
  std::printf("last layer '%s': %d classes, now %d; accuracy %.3f\n", start.head.c_str(),
              static_cast<int>(start.former_classes), classes, accuracy);
  return classes == kClasses && accuracy > 0.9 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fine_tune FILE\n");
    return 2;
  }
  try {
    const auto tuned = std::filesystem::temp_directory_path() / "backflow_fine_tune.safetensors";
    const int status = run(argv[1], tuned);
    std::filesystem::remove(tuned);
    return status;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "fine_tune: %s\n", e.what());
    return 1;
  }
}
