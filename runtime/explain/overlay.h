// Attributions as pictures: the map alone, and laid over its photo.
#pragma once

#include <backflow/runtime/explain/attribution.h>
#include <backflow/runtime/image/image.h>
#include <backflow/runtime/models/input_spec.h>

namespace backflow::explain {

/// The part of the photo that the network sees, larger where the photo has the pixels for it and the network reads few:
/// a multiple of what it reads, with a shorter side of `least` pixels or more. Small images keep their pixels as
/// squares.
image::Image shown_photo(const image::Image& picture, const models::InputSpec& input, int least = 448);

/// The map, a pixel for each of its numbers: inferno from the least to the most, or blue to red around 0 where numbers
/// have a sign. The most is the 99.5th percentile, so that single pixels do not darken all others.
image::Image heat_map(const Attribution& attribution);

/// The map over the greyed photo, which has a multiple of its size: the more a pixel counts, the more of its colour.
/// For the eye it is smoothed by a quarter of the method's cell, at least by an 80th of the shorter side, with signs a
/// 56th.
image::Image overlay(const image::Image& photo, const Attribution& attribution);

}  // namespace backflow::explain
