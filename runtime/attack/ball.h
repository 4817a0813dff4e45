// Pictures in a ball around a sample, and in 0 … 1. Internal to runtime/attack/.
#pragma once

#include <cstdint>
#include <span>

#include <backflow/runtime/attack/threat.h>

namespace backflow::attack {

/// Of two pictures, in double.
double distance_between(std::span<const float> a, std::span<const float> b, Norm norm);
double norm_of(std::span<const float> values);

/// Moves `picture` to the nearest point of the ball around `original`, then into 0 … 1. Holds exactly: no rounding
/// leaves it outside.
void project(std::span<float> picture, std::span<const float> original, const Threat& threat);

/// picture += length · the direction that increases a loss with this gradient most: sign(g) for linf, g / ‖g‖₂ for l2.
/// A gradient of zeros moves nothing.
void step_along(std::span<float> picture, std::span<const float> gradient, float length, Norm norm);

/// Where a sample's random numbers come from, whoever else is in the batch.
struct Draws {
  std::uint64_t seed = 1;
  std::uint32_t stream = 0, sample = 0;

  /// The i-th word of a step.
  std::uint32_t word(std::int64_t step, std::uint64_t i) const;
  /// In [0, 1).
  float uniform(std::int64_t step, std::uint64_t i) const;
  /// 0 … count − 1.
  std::int64_t below(std::int64_t step, std::uint64_t i, std::int64_t count) const;
  /// −1 or 1.
  float sign(std::int64_t step, std::uint64_t i) const { return (word(step, i) >> 31) != 0 ? 1.0F : -1.0F; }
};

/// A point drawn uniformly from the ball around `original`, cut to 0 … 1.
void random_start(std::span<float> picture, std::span<const float> original, const Threat& threat, const Draws& draws);

}  // namespace backflow::attack
