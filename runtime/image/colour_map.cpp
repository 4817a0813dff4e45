#include <backflow/runtime/image/colour_map.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace backflow::image {
namespace {

/// Coefficients of 1, t, t², …, t⁶ for red, green and blue.
constexpr double kInferno[7][3] = {{0.0002189403691192265, 0.001651004631001012, -0.01948089843709184},
                                   {0.1065134194856116, 0.5639564367884091, 3.932712388889277},
                                   {11.60249308247187, -3.972853965665698, -15.9423941062914},
                                   {-41.70399613139459, 17.43639888205313, 44.35414519872813},
                                   {77.162935699427, -33.40235894210092, -81.80730925738993},
                                   {-71.31942824499214, 32.62606426397723, 73.20951985803202},
                                   {25.13112622477341, -12.24266895238567, -23.07032500287172}};

std::uint8_t byte_of(double value) { return static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0))); }

/// From linear light.
double srgb(double v) { return v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055; }

}  // namespace

Colour inferno(double value) {
  const double t = std::clamp(value, 0.0, 1.0);
  Colour colour{};
  for (std::size_t c = 0; c < 3; ++c) {
    double sum = 0;
    for (std::size_t i = 7; i-- > 0;) sum = sum * t + kInferno[i][c];
    colour[c] = byte_of(sum);
  }
  return colour;
}

Colour oklch(double lightness, double chroma, double hue) {
  const double angle = hue * std::numbers::pi / 180, a = chroma * std::cos(angle), b = chroma * std::sin(angle);
  const auto cubed = [](double v) { return v * v * v; };
  const double l = cubed(lightness + 0.3963377774 * a + 0.2158037573 * b);
  const double m = cubed(lightness - 0.1055613458 * a - 0.0638541728 * b);
  const double s = cubed(lightness - 0.0894841775 * a - 1.2914855480 * b);
  return {byte_of(srgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)),
          byte_of(srgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)),
          byte_of(srgb(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))};
}

Colour blue_to_red(double value) {
  constexpr double kBlue = 255, kRed = 28;
  const double size = std::clamp(std::abs(value), 0.0, 1.0);
  return oklch(0.98 - 0.5 * size, 0.18 * size, value < 0 ? kBlue : kRed);
}

}  // namespace backflow::image
