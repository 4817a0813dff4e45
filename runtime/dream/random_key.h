// Where an image's random numbers come from: seed, image and step, whatever else runs. Internal to runtime/dream/.
#pragma once

#include <cstdint>
#include <string>

#include <backflow/graph/random.h>

namespace backflow::dream {

struct RandomKey {
  std::uint64_t seed = 1;
  std::uint32_t stream = 0, step = 0;

  /// Of one variant of a target.
  static RandomKey of(std::uint64_t seed, const std::string& target, std::int64_t variant) {
    return {seed, stream_of(target + "#" + std::to_string(variant)), 0};
  }
  RandomKey at(std::int64_t at_step) const { return {seed, stream, static_cast<std::uint32_t>(at_step)}; }

  std::array<std::uint32_t, 4> words(std::uint64_t counter) const { return random_words(seed, stream, step, counter); }
};

/// The i-th of the numbers that belong to `key`, each a draw of its own: uniform in [low, high).
inline float uniform_at(const RandomKey& key, std::uint64_t i, float low, float high) {
  return low + (high - low) * unit_uniform(key.words(i / 4)[i % 4]);
}
/// A whole number in −reach … reach.
inline std::int64_t whole_at(const RandomKey& key, std::uint64_t i, std::int64_t reach) {
  const auto choices = static_cast<std::uint64_t>(2 * reach + 1);
  return static_cast<std::int64_t>(key.words(i / 4)[i % 4] * choices >> 32) - reach;
}
/// N(0, 1).
inline float normal_at(const RandomKey& key, std::uint64_t i) {
  const auto words = key.words(i / 4);
  const std::size_t pair = i % 4 / 2 * 2;
  return unit_normals(words[pair], words[pair + 1])[i % 2];
}

}  // namespace backflow::dream
