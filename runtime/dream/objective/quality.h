// How good an image is, by measures that the network which it was made for has no part in.
#pragma once

#include <backflow/runtime/image/image.h>

namespace backflow::dream {

/// Mean over pixels and channels, in 0 … 1, of |right neighbour − pixel| + |lower neighbour − pixel|; a neighbour
/// outside counts 0.
double total_variation(const image::Image& image);

/// Share of the luminance's power (Rec. 601, the mean taken out) in spatial frequencies √(fx² + fy²) above .25 cycles
/// per pixel: .80 for white noise, about .05 for photos. 0 for an image of one luminance.
double high_frequency_share(const image::Image& image);

}  // namespace backflow::dream
