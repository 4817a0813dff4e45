// What is optimized, and how pixels come of it: pixels themselves, a sigmoid of decorrelated colours, a pyramid of
// images, a spectrum, or the phases of one. Internal to runtime/dream/.
#pragma once

#include <span>

#include <backflow/graph/graph.h>
#include <backflow/runtime/dream/options.h>
#include <backflow/runtime/dream/random_key.h>
#include <backflow/runtime/flow/tensor.h>

namespace backflow::dream {

struct DecodedImage {
  Value parameter;  // the state "image"
  Value pixels;     // [N, C, H, W] in 0 … 1; the parameter itself for pixels without a mask
};

/// Pixels of the parameter, without a mask. With u the colours that it stands for and M the decorrelation (colour.h):
///   pixels    x
///   sigmoid   σ(M u)
///   pyramid   u = Σ of the levels' images, enlarged bilinearly, then σ(M u); the parameter is [N, C, places], level
///             after level, the full size first
///   fourier   u = irfft(c · √(HW) · amplitude) / 4, then σ(M u)                    (Olah et al. 2017)
///   maco      u = standardized irfft(amplitude · e^{iφ'}), φ' = standardized φ     (Fel et al. 2023)
Value pixels_of(Value parameter, const DreamOptions& options, const Shape& pixels);

/// Appends the state and the nodes for images of shape `pixels` [N, C, H, W].
/// With a mask, pixels = base + mask · (that − base), the inputs "mask" [1, 1, H, W] and "mask_base" [N, C, H, W].
DecodedImage append_image(Graph& graph, const DreamOptions& options, const Shape& pixels, bool masked = false);

/// Shape of the parameter for images of shape `pixels`.
Shape parameter_shape(const DreamOptions& options, const Shape& pixels);

/// Noise or grey, row-major; a key for each image.
Tensor first_values(const DreamOptions& options, const Shape& pixels, std::span<const RandomKey> keys);

/// The parameter that gives `pixels` [N, C, H, W]; where a sigmoid cannot, nearly. Not for maco.
Tensor values_for(const DreamOptions& options, const Tensor& pixels);

}  // namespace backflow::dream
