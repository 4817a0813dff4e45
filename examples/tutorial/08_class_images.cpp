// What a network thinks a class looks like. It learns to tell drawn shapes apart; then, by the same graph and the same
// gradient, but with respect to the image, an image is made for each of them. Writes class_images.png.
#include <cstdio>

#include <backflow/graph/random.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/dream/dream.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/image/image.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/trainer.h>

using namespace backflow;

constexpr int kSide = 24, kImages = 1200;
const std::vector<std::string> kShapes{"disc", "ring", "cross", "stripes"};

bool is_ink(int shape, int x, int y) {  // from the centre
  const int square = x * x + y * y;
  switch (shape) {
    case 0:
      return square < 49;
    case 1:
      return square > 30 && square < 70;
    case 2:
      return std::abs(x) < 2 || std::abs(y) < 2;
    default:
      return (x + 64) % 6 < 3;
  }
}

/// Shapes at random places on noise.
data::ImageDataset drawn_shapes() {
  data::ImageDataset data({1, kSide, kSide}, static_cast<int>(kShapes.size()), {0.4F}, {0.3F});
  for (int i = 0; i < kImages; ++i) {
    const auto place = random_words(1, stream_of("places"), 0, i);
    const int shape = i % data.classes, left = static_cast<int>(8 + place[0] % 8),
              top = static_cast<int>(8 + place[1] % 8);
    for (int p = 0; p < kSide * kSide; ++p) {
      const auto noise = random_words(1, stream_of("noise"), i, p)[0] % 90;
      const bool ink = is_ink(shape, p % kSide - left, p / kSide - top);
      data.images.push_back(static_cast<std::uint8_t>(noise + (ink ? 160 : 0)));
    }
    data.labels.push_back(shape);
  }
  return data;
}

int main(int argc, char** argv) {
  const std::string file = argc > 1 ? argv[1] : "class_images.png";
  Scheduler scheduler;
  const data::ImageDataset data = drawn_shapes();
  const models::Network network = models::cnn(data.classes);
  Store weights(1);
  train::Trainer trainer(network, data, weights, scheduler, {.epochs = 4, .batch = 60});
  train::StepReport report;
  while (!trainer.done()) report = trainer.step();
  std::printf("trained for %d steps, loss %.4f\n", static_cast<int>(report.step), report.loss);

  auto networks =
      std::make_shared<dream::DreamNetworks>(dream::DreamNetwork{.build =
                                                                     [&](Value image) {
                                                                       return models::Classifier{network(image), {}};
                                                                     },
                                                                 .mean = data.mean,
                                                                 .stddev = data.stddev,
                                                                 .labels = kShapes});
  for (const char* layer : {"conv1", "conv2", "fc1", "fc2"})
    for (const char* parameter : {".weight", ".bias"})
      networks->weights().assign(layer + std::string(parameter), weights.plain(layer + std::string(parameter)));

  dream::DreamOptions options = dream::preset("homework", kSide, kSide);
  options.learning_rate = options.learning_rate_end = 0.05F;
  std::vector<dream::Dream> dreams;
  for (const std::string& shape : kShapes) dreams.emplace_back(networks, "class:" + shape, options);
  dream::dream_all(scheduler, dreams);  // all of them at once, on all cores

  std::vector<image::Image> images;
  for (const dream::Dream& dream : dreams) {
    images.push_back(dream.image());
    std::printf("%s: probability %.3f\n", dream.objective().c_str(), dream.metrics().back().probability);
  }
  image::write_image(file, grid(images, {.labels = kShapes}));
}
