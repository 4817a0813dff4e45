// bf16: the upper half of a float. Conversions round to the nearest, ties to even, in integers: the same bits
// everywhere.
#pragma once

#include <bit>
#include <cstdint>

namespace backflow {

struct Bf16 {
  std::uint16_t bits;

  static Bf16 of(float x) {
    const auto word = std::bit_cast<std::uint32_t>(x);
    const std::uint32_t rounded = (word + 0x7FFFU + ((word >> 16) & 1U)) >> 16;
    const std::uint32_t quiet = (word >> 16) | 0x40U;  // rounding could make infinity of a NaN
    return {static_cast<std::uint16_t>((word & 0x7FFFFFFFU) > 0x7F800000U ? quiet : rounded)};
  }
  explicit operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
};

/// What kernels for both types write: `x` as T.
template <class T>
T rounded(float x) {
  return static_cast<T>(x);
}
template <>
inline Bf16 rounded<Bf16>(float x) {
  return Bf16::of(x);
}

/// Whether a gradient passes where a relu made y: above zero, and of a NaN, as in PyTorch.
inline bool passes_relu(float y) { return !(y <= 0); }
/// In integers, which compilers make the better vector code of: from the negative NaNs over +0 to the positive ones.
inline bool passes_relu(Bf16 y) { return (y.bits != 0) & (static_cast<std::uint16_t>(y.bits + 0x7FU) < 0x807FU); }

/// `x` or zero, without a branch.
inline float masked(float x, bool keep) { return keep ? x : 0; }
inline Bf16 masked(Bf16 x, bool keep) { return {static_cast<std::uint16_t>(keep ? x.bits : 0U)}; }

}  // namespace backflow
