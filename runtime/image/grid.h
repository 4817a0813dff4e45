// Contact sheets: images side by side, each with lines of text below it if wanted.
#pragma once

#include <backflow/runtime/image/image.h>

namespace backflow::image {

struct GridOptions {
  int columns = 0;  // 0: as square as the images allow
  int gap = 4;      // pixels between images and around them
  Colour background = {255, 255, 255};
  Colour ink = {0, 0, 0};
  int text_scale = 1;  // pixels for each dot of a letter, 1 … 16
  /// None, or one for each image, of one or several lines. A line that is wider than its image loses its end, or its
  /// beginning where only ends differ; what ends with a number after a colon keeps that.
  std::vector<std::string> labels = {};
};

/// The images by rows. A cell is as large as the widest and the highest image; smaller ones stand in its middle.
/// Throws an Error if there is no image, or if the number of labels is another.
Image grid(const std::vector<Image>& pictures, const GridOptions& options = {});

/// An image that is small to look at, its pixels as squares, so that the shorter side has at least `least` pixels.
Image visible(const Image& image, int least = 96);

/// The image with more contrast, for show: values are stretched so that all but 1 % of them at either end fill 0 … 255.
/// An image of one colour stays as it is.
Image stretched(const Image& image);

/// Copies `source` into `target`, its left upper corner at (x, y); what lies outside is cut.
void paste(Image& target, const Image& source, int x, int y);

constexpr int kLetterWidth = 6, kLetterHeight = 13;
/// Writes ASCII text, its left upper corner at (x, y), each dot of a letter a square of `scale` pixels; what lies
/// outside is cut. Any other letter becomes '?'.
void draw_text(Image& target, const std::string& text, int x, int y, Colour ink, int scale = 1);

}  // namespace backflow::image
