// Images from their spectra: the inverse real Fourier transform in two dimensions, as two matrix products.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y[n, c, h, w] = 1/(HW) Σ over all frequencies of S e^{2πi (uh/H + vw/W)}, of which only v = 0 … W/2 is given,
/// because y is real. `spectrum` is [N, C, 2H, W/2 + 1] with rows u = 0 … H − 1 of real parts, then as many of
/// imaginary ones; y is [N, C, H, width] with width/2 + 1 = W/2 + 1. Agrees with numpy.fft.irfft2.
Value inverse_dft(Value spectrum, std::int64_t width, const std::string& name = "");

}  // namespace backflow
