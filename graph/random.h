// Counter-based random numbers: a pure function of seed, stream and counter, whatever the thread or the order.
#pragma once

#include <Random123/philox.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace backflow {

/// A stream's number from its name (FNV-1a).
inline std::uint32_t stream_of(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (unsigned char c : name) hash = (hash ^ c) * 16777619U;
  return hash;
}

/// Four random words: Philox4x32-10 (Salmon et al. 2011).
inline std::array<std::uint32_t, 4> random_words(std::uint64_t seed, std::uint32_t stream, std::uint32_t step,
                                                 std::uint64_t counter) {
  const auto words = r123::Philox4x32()(
      {{static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), step, stream}},
      {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}});
  return {words[0], words[1], words[2], words[3]};
}

/// [0, 1), in steps of 2⁻²⁴ so that every value is exact in f32.
inline float unit_uniform(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24F; }

/// Two independent N(0, 1) from two words (Box and Muller).
inline std::array<float, 2> unit_normals(std::uint32_t a, std::uint32_t b) {
  const double radius = std::sqrt(-2 * std::log((a + 1.0) * 0x1p-32));
  const double angle = 2 * std::numbers::pi * b * 0x1p-32;
  return {static_cast<float>(radius * std::cos(angle)), static_cast<float>(radius * std::sin(angle))};
}

}  // namespace backflow
