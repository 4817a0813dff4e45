// Networks and samples to attack.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <backflow/graph/random.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/attack/attack.h>
#include <backflow/runtime/attack/robustness.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::attacks {

/// The network of tests/reference/make_attacks.py, pixels [N, 2, 10, 10] → logits [N, 5].
inline Value small_network(Value pixels) {
  const Value hidden = tanh(conv2d(scale(pixels, 12), {.out = 4, .kernel = 3, .padding = 1, .name = "conv"}));
  return linear(flatten(hidden), {.out = 5, .name = "fc"});
}

/// Scheduler, weights and victim in one.
struct SmallVictim {
  explicit SmallVictim(int threads = 1, std::int64_t batch = 8, models::Network network = small_network)
      : scheduler(threads), store(5), victim(std::move(network), {2, 10, 10}, store, scheduler, batch) {}

  Scheduler scheduler;
  Store store;
  attack::Victim victim;
};

/// Random images with the classes that the network sees in them.
inline attack::Samples small_samples(attack::Victim& victim, std::size_t count, float low = 0, float high = 1) {
  attack::Samples samples{.image = victim.image(), .pixels = {}, .labels = std::vector<std::int32_t>(count)};
  for (std::uint64_t i = 0; i < count * samples.length(); ++i)
    samples.pixels.push_back(low + (high - low) * unit_uniform(random_words(3, stream_of("samples"), 0, i)[0]));
  samples.labels = attack::predictions(victim, samples);
  return samples;
}

/// By the definitions, in double.
inline double distance(std::span<const float> a, std::span<const float> b, Norm norm) {
  double largest = 0, sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    largest = std::max(largest, d);
    sum += d * d;
  }
  return norm == Norm::linf ? largest : std::sqrt(sum);
}

}  // namespace backflow::attacks
