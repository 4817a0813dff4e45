// A small data set that a network can learn, and training on it.
#pragma once

#include <algorithm>
#include <vector>

#include <backflow/graph/random.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/trainer.h>

namespace backflow {

/// `n` images of 1 × 8 × 8 in five classes: noise, and a bright row that says the class.
inline data::ImageDataset small_dataset(std::size_t n = 100, std::uint64_t seed = 1) {
  data::ImageDataset data({1, 8, 8}, 5, {0.35F}, {0.3F});
  for (std::size_t i = 0; i < n; ++i) {
    const auto label = static_cast<std::int32_t>(i % 5);
    for (std::uint64_t p = 0; p < 64; ++p) {
      const std::uint32_t noise = random_words(seed, stream_of("small_dataset"), static_cast<std::uint32_t>(i), p)[0];
      const bool bright = static_cast<std::int32_t>(p / 8) == label + 1;
      data.images.push_back(static_cast<std::uint8_t>(noise % 120 + (bright ? 100 : 0)));
    }
    data.labels.push_back(label);
  }
  return data;
}

/// What training leaves.
struct Trained {
  std::vector<float> losses;
  std::map<std::string, std::vector<float>> tensors;  // row-major, optimizer state included
  bool operator==(const Trained&) const = default;
};

inline std::map<std::string, std::vector<float>> plain_tensors(const Store& store) {
  std::map<std::string, std::vector<float>> result;
  for (const auto& [name, tensor] : store.tensors()) {
    const Tensor plain = store.plain(name);
    const auto values = plain.as();
    result[name].assign(values.begin(), values.end());
  }
  return result;
}

/// Runs `steps` steps, all there are if it is 0.
inline Trained run_training(const models::Network& network, const data::Dataset& data,
                            const train::TrainOptions& options, int threads = 1, std::int64_t steps = 0) {
  Store store;
  Scheduler scheduler(threads);
  train::Trainer trainer(network, data, store, scheduler, options);
  Trained result;
  while (!trainer.done() && (steps == 0 || trainer.steps_done() < steps)) result.losses.push_back(trainer.step().loss);
  result.tensors = plain_tensors(store);
  return result;
}

/// Goes on after `steps` steps, which left `begun`, on two threads.
inline Trained resumed_training(const models::Network& network, const data::Dataset& data,
                                const train::TrainOptions& options, const Trained& begun, std::int64_t steps) {
  Store store;
  Scheduler scheduler(2);
  Trained result{begun.losses, {}};
  train::Trainer trainer(network, data, store, scheduler, options);
  for (const auto& [name, values] : begun.tensors) {
    Tensor plain({store.at(name).shape()});
    std::copy(values.begin(), values.end(), plain.as().begin());
    store.assign(name, plain);
  }
  trainer.resume(steps);
  while (!trainer.done()) result.losses.push_back(trainer.step().loss);
  result.tensors = plain_tensors(store);
  return result;
}

}  // namespace backflow
