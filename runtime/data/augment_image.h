// Changes of one image, each a plain function: what random steps of an augmentation do.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow::data {

/// Planes [C, H, W] of pixels in 0 … 1 (black … white), of 1 channel or of red, green and blue.
class AugmentImage {
 public:
  /// Black; of other numbers of channels too, which changes of colours refuse. `mean` is the colour that erase() puts
  /// there, a number for each channel; empty: black.
  explicit AugmentImage(const Shape& shape, std::vector<float> mean = {});

  std::int64_t channels() const { return channels_; }
  std::int64_t height() const { return height_; }
  std::int64_t width() const { return width_; }
  float mean(std::int64_t channel) const { return mean_[static_cast<std::size_t>(channel)]; }
  std::span<float> pixels() { return {pixels_.get(), size_}; }
  std::span<const float> pixels() const { return {pixels_.get(), size_}; }
  float* plane(std::int64_t channel) { return pixels_.get() + channel * height_ * width_; }

  /// Room for a changed image, which replace() then makes the image.
  float* other_plane(std::int64_t channel) { return other_.get() + channel * height_ * width_; }
  void replace() { std::swap(pixels_, other_); }

 private:
  std::int64_t channels_, height_, width_;
  std::size_t size_;
  std::vector<float> mean_;
  std::unique_ptr<float[]> pixels_, other_;
};

/// Left becomes right.
void flip(AugmentImage& image);
/// The content moves by so many pixels to the right and down; what comes in is black.
void shift(AugmentImage& image, std::int64_t right, std::int64_t down);
/// Turns the content counter-clockwise about the middle, bilinear; what comes in is black.
void rotate(AugmentImage& image, float degrees);
/// A part of the image becomes all of it, bilinear: left upper corner and size in pixels, within the image.
void crop(AugmentImage& image, float x, float y, float width, float height);
/// A rectangle within the image gets the mean colour.
void erase(AugmentImage& image, std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height);

/// Each pixel times `factor`, cut at 1, as in torchvision.
void brighten(AugmentImage& image, float factor);
/// mean + factor · (pixel − mean), cut at 0 and 1; the mean is that of the image as grey. Throws an Error where there
/// are neither 1 nor 3 channels.
void adjust_contrast(AugmentImage& image, float factor);
/// grey + factor · (pixel − grey), cut at 0 and 1; grey is Rec. 601 luma. Throws an Error without 3 channels.
void adjust_saturation(AugmentImage& image, float factor);

}  // namespace backflow::data
