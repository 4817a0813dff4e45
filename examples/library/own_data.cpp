// A data set of one's own: bytes, labels, and how the bytes become numbers. Here red, green and blue images of 8 × 8
// pixels with noise; a program of yours would read files instead.
#include <cstdio>

#include <backflow/graph/random.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/train/evaluator.h>
#include <backflow/runtime/train/trainer.h>

using namespace backflow;

namespace {

constexpr int kClasses = 3, kSide = 8, kPixels = kSide * kSide;

// [data]
data::ImageDataset make(int samples, std::uint64_t seed) {
  data::ImageDataset data({3, kSide, kSide}, kClasses);
  for (int i = 0; i < samples; ++i) {
    const int label = i % kClasses;
    for (std::uint64_t p = 0; p < 3 * kPixels; ++p) {  // [C, H, W]: all of red, all of green, all of blue
      const std::uint32_t noise = random_words(seed, stream_of("own_data"), static_cast<std::uint32_t>(i), p)[0] % 128;
      data.images.push_back(static_cast<std::uint8_t>(noise + (static_cast<int>(p) / kPixels == label ? 64 : 0)));
    }
    data.labels.push_back(label);
  }
  return data;
}

/// The network reads (pixel / 255 − mean) / stddev. Both are of the training images.
void standardize(data::ImageDataset& train, data::ImageDataset& test) {
  data::measure(train);
  test.mean = train.mean;
  test.stddev = train.stddev;
}
// [data]

}  // namespace

int main() {
  data::ImageDataset train = make(300, 1), test = make(90, 2);
  standardize(train, test);
  const models::Network network = models::mlp({16}, kClasses);
  Store store(1);
  Scheduler scheduler;
  train::Trainer trainer(network, train, store, scheduler, {.epochs = 5, .batch = 30});
  train::Evaluator evaluator(network, test, store, scheduler);
  while (!trainer.done()) trainer.step();
  const double accuracy = evaluator.run().accuracy;
  std::printf("mean of red %.3f, stddev %.3f, accuracy on new images %.3f\n", train.mean[0], train.stddev[0], accuracy);
  return accuracy > 0.9 ? 0 : 1;
}
