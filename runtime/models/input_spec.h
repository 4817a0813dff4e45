// What a network reads, and how an image becomes that.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <backflow/graph/spec.h>
#include <backflow/runtime/image/image.h>

namespace backflow::models {

using backflow::to_string;

/// A network reads images [N, channels, height, width] whose values, 0 … 1, are standardised by channel.
struct InputSpec {
  std::int64_t channels = 3;           // 3: red, green, blue; 1: grey
  std::int64_t height = 0, width = 0;  // 0: any
  std::vector<float> mean, stddev;     // [channels]: the network reads (value − mean) / deviation
  // The shorter side of a photo before its middle is cut out to be classified; 0: that of the network's size.
  std::int64_t shorter_side = 0;

  bool any_size() const { return height == 0; }
  bool operator==(const InputSpec&) const = default;
};

/// ImageNet's mean, deviation and proportion of 256 to 224 for three channels; for others 0, 1 and no margin.
InputSpec default_input(std::int64_t channels, std::int64_t height = 0, std::int64_t width = 0);
/// "1 × 28 × 28", "3 × any × any".
std::string to_string(const InputSpec& input);
/// Throws an Error, which begins with `what`, if images [N, C, H, W] of this shape are not what the network reads.
void check_input(const InputSpec& input, const Shape& pictures, const std::string& what);

/// Height and width of an image for classification: the network's, or 224.
std::int64_t picture_height(const InputSpec& input);
std::int64_t picture_width(const InputSpec& input);
/// The image in that size, as `input.shorter_side` says; one that has the size already is left as it is.
image::Image fitted(const image::Image& picture, const InputSpec& input);

/// Writes the image, standardised, to `values` [channels, height, width]. Grey is Rec. 601 luma of the sRGB values,
/// as Pillow's "L" and PNG's grey images have it.
void to_input(const image::Image& picture, const InputSpec& input, std::span<float> values);
/// Back: values · deviation + mean, cut to 0 … 1, in 8 bits to the nearest; a NaN becomes 0.
image::Image from_input(std::span<const float> values, int width, int height, const InputSpec& input);

}  // namespace backflow::models
