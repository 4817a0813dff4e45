#include <backflow/runtime/image/palette.h>

#include <algorithm>

#include <backflow/graph/error.h>

namespace backflow::image {
namespace {

struct Counted {
  Colour colour;
  std::int64_t pixels;
};

std::uint32_t packed(const std::uint8_t* c) { return std::uint32_t{c[0]} << 16 | std::uint32_t{c[1]} << 8 | c[2]; }

std::vector<Counted> colours_of(const std::vector<std::uint32_t>& pixels) {
  std::vector<std::uint32_t> sorted = pixels;
  std::sort(sorted.begin(), sorted.end());
  std::vector<Counted> result;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::uint32_t p = sorted[i];
    if (i == 0 || p != sorted[i - 1])
      result.push_back({{static_cast<std::uint8_t>(p >> 16), static_cast<std::uint8_t>(p >> 8 & 0xff),
                         static_cast<std::uint8_t>(p & 0xff)},
                        0});
    ++result.back().pixels;
  }
  return result;
}

/// Some of the colours: those of a part of RGB space.
struct Box {
  std::span<Counted> colours;
  std::size_t axis = 0;      // along which it is longest
  std::int64_t pixels = 0;   // in all
  std::int64_t urgency = 0;  // to be cut: length × pixels

  explicit Box(std::span<Counted> c) : colours(c) {
    Colour low{255, 255, 255}, high{0, 0, 0};
    for (const Counted& k : c) {
      pixels += k.pixels;
      for (std::size_t i = 0; i < 3; ++i) {
        low[i] = std::min(low[i], k.colour[i]);
        high[i] = std::max(high[i], k.colour[i]);
      }
    }
    for (std::size_t i = 1; i < 3; ++i)
      if (high[i] - low[i] > high[axis] - low[axis]) axis = i;
    urgency = (high[axis] - low[axis]) * pixels;
  }

  Colour mean() const {
    std::array<std::int64_t, 3> sum{};
    for (const Counted& k : colours)
      for (std::size_t i = 0; i < 3; ++i) sum[i] += k.colour[i] * k.pixels;
    Colour m{};
    for (std::size_t i = 0; i < 3; ++i) m[i] = static_cast<std::uint8_t>((sum[i] + pixels / 2) / pixels);
    return m;
  }
};

/// Two halves of as many pixels each as the colours allow, neither empty.
std::pair<Box, Box> cut(const Box& box) {
  std::sort(box.colours.begin(), box.colours.end(), [a = box.axis](const Counted& x, const Counted& y) {
    return std::pair(x.colour[a], packed(x.colour.data())) < std::pair(y.colour[a], packed(y.colour.data()));
  });
  std::size_t at = 1;
  for (std::int64_t sum = box.colours[0].pixels; at + 1 < box.colours.size() && 2 * sum < box.pixels; ++at)
    sum += box.colours[at].pixels;
  return {Box(box.colours.first(at)), Box(box.colours.subspan(at))};
}

}  // namespace

Indexed indexed(const Image& image, int most) {
  require(most >= 2 && most <= 256, "[palette] has 2 … 256 colours, got ", most);
  std::vector<std::uint32_t> pixels(image.rgb.size() / 3);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = packed(image.rgb.data() + 3 * i);
  std::vector<Counted> colours = colours_of(pixels);

  std::vector<Box> boxes{Box(colours)};
  while (boxes.size() < std::min(static_cast<std::size_t>(most), colours.size())) {
    auto widest =
        std::max_element(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.urgency < b.urgency; });
    auto [low, high] = cut(*widest);
    *widest = low;
    boxes.push_back(high);
  }

  Indexed result;
  std::vector<std::pair<std::uint32_t, std::uint8_t>> box_of;
  for (const Box& box : boxes) {
    for (const Counted& c : box.colours)
      box_of.emplace_back(packed(c.colour.data()), static_cast<std::uint8_t>(result.palette.size()));
    result.palette.push_back(box.mean());
  }
  std::sort(box_of.begin(), box_of.end());
  for (std::uint32_t p : pixels)
    result.indices.push_back(std::lower_bound(box_of.begin(), box_of.end(), std::pair(p, std::uint8_t{0}))->second);
  return result;
}

}  // namespace backflow::image
