// Numbers as colours, so that equal steps of the number look like equal steps to the eye.
#pragma once

#include <backflow/runtime/image/image.h>

namespace backflow::image {

/// 0 … 1 from black over purple and orange to pale yellow: "inferno" of Smith and van der Walt, by the polynomial of
/// degree 6 of Zucker. Numbers outside are cut.
Colour inferno(double value);

/// −1 … 1 from blue over near white to red: in Oklab (Ottosson 2020, https://bottosson.github.io/posts/oklab) lightness
/// falls and chroma grows evenly with the absolute value, and both sides alike. Numbers outside are cut.
Colour blue_to_red(double value);

/// The colour of Oklab's polar form: lightness in 0 … 1, chroma, and hue in degrees; what sRGB does not have is cut.
Colour oklch(double lightness, double chroma, double hue);

}  // namespace backflow::image
