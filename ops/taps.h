// How lines are resized: sparse matrices that make a new line out of an old one, for resample().
#pragma once

#include <cstdint>
#include <vector>

namespace backflow {

/// By rows: each element of the new line is a sum over few elements of the old one.
struct Taps {
  struct Tap {
    std::int64_t from;
    float weight;
  };
  std::int64_t length;               // of the old line
  std::vector<std::vector<Tap>> of;  // for each element of the new line
};

Taps transposed(const Taps& taps);

/// Bilinear with a triangle around each new element's middle, as wide as the reduction but at least one old element to
/// each side; cut at the ends and normalised. Without aliasing; enlarges as plain bilinear interpolation does.
Taps smooth_taps(std::int64_t from, std::int64_t to);

/// Where element i of the new line lies on the old one, in the words of ONNX's Resize. s is the scale, n and m are the
/// old and the new length.
enum class Coordinates : std::uint8_t {
  half_pixel,            // (i + ½) / s − ½
  half_pixel_symmetric,  // the same, the middles of both lines in one place where n s is no whole number
  pytorch_half_pixel,    // half_pixel; 0 where m = 1
  align_corners,         // i (n − 1) / (m − 1)
  asymmetric,            // i / s
  tf_half_pixel_for_nn,  // (i + ½) / s
  tf_crop_and_resize     // from roi_begin to roi_end; the ends of the old line are 0 and 1
};

enum class Interpolation : std::uint8_t { nearest, linear, cubic };

/// Which neighbour is nearest: round_… choose by distance, and the lower or the upper one of two.
enum class Rounding : std::uint8_t { round_prefer_floor, round_prefer_ceil, floor, ceil };

struct InterpolationOptions {
  Interpolation mode = Interpolation::nearest;
  Coordinates coordinates = Coordinates::half_pixel;
  std::int64_t length = 0;                           // of the new line; 0: ⌊scale · old length⌋
  double scale = 0;                                  // new by old length; 0: what `length` says
  Rounding rounding = Rounding::round_prefer_floor;  // for nearest
  double cubic_coeff_a = -0.75;                      // for cubic: Keys' a
  bool exclude_outside = false;       // elements beyond the ends weigh nothing; else they are as the last ones
  bool antialias = false;             // a reduction has neighbours as far as its scale is small; not for nearest
  double roi_begin = 0, roi_end = 1;  // for tf_crop_and_resize: elements outside the old line have no taps
};

/// ONNX's Resize along one axis (https://onnx.ai/onnx/operators/onnx__Resize.html): what its reference implementation
/// computes. extrapolation_value is ResampleOptions::fill.
Taps interpolation_taps(std::int64_t from, const InterpolationOptions& options);

}  // namespace backflow
