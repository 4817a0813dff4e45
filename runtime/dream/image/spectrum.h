// Half spectra of real images, [2H, W/2 + 1]: real parts in the upper half, imaginary parts below, as ops/inverse_dft.h
// reads them. Internal to runtime/dream/.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace backflow::dream {

/// Columns of the half spectrum of images `width` wide.
inline std::int64_t spectrum_columns(std::int64_t width) { return width / 2 + 1; }

/// [H, W/2 + 1]: 1 / max(f, 1 / max(H, W))^decay with f in cycles per pixel. Natural images fall off like that.
std::vector<float> falling_amplitudes(std::int64_t height, std::int64_t width, float decay);

/// The forward transform, the inverse of ops/inverse_dft.h: image [H, W] → [2H, W/2 + 1].
std::vector<float> half_spectrum(std::span<const float> image, std::int64_t height, std::int64_t width);

}  // namespace backflow::dream
