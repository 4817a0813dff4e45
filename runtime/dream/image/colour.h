// Colours as natural images have them: mostly light and dark, less blue against yellow, least green against magenta.
// The square root of the covariance of ImageNet's colours (Olah, Mordvintsev and Schubert 2017).
// Internal to runtime/dream/.
#pragma once

#include <array>

namespace backflow::dream {

using ColourMatrix = std::array<float, 9>;  // [3, 3], row by row

constexpr float kColourNorm = 0.461952F;
/// rgb = sigmoid(kColours u).
constexpr ColourMatrix kColours{0.26F / kColourNorm,  0.09F / kColourNorm, 0.02F / kColourNorm,  0.27F / kColourNorm, 0,
                                -0.05F / kColourNorm, 0.27F / kColourNorm, -0.09F / kColourNorm, 0.03F / kColourNorm};

/// By Cramer's rule, in double.
inline ColourMatrix inverse(const ColourMatrix& matrix) {
  std::array<double, 9> m{};
  for (std::size_t i = 0; i < 9; ++i) m[i] = matrix[i];
  auto cofactor = [&](std::size_t r, std::size_t c) {
    const std::size_t r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3, c2 = (c + 2) % 3;
    return m[r1 * 3 + c1] * m[r2 * 3 + c2] - m[r1 * 3 + c2] * m[r2 * 3 + c1];
  };
  const double determinant = m[0] * cofactor(0, 0) + m[1] * cofactor(0, 1) + m[2] * cofactor(0, 2);
  ColourMatrix result{};
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t c = 0; c < 3; ++c) result[r * 3 + c] = static_cast<float>(cofactor(c, r) / determinant);
  return result;
}

}  // namespace backflow::dream
