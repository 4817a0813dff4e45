#include <backflow/runtime/dream/image/parameterization.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/channel_mix.h>
#include <backflow/ops/inverse_dft.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/polar.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/resize2d.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/standardize.h>
#include <backflow/ops/subtract.h>
#include <backflow/runtime/dream/image/colour.h>
#include <backflow/runtime/dream/image/spectrum.h>

namespace backflow::dream {
namespace {

constexpr float kSpectrumDivisor = 4;
constexpr float kNearest = 1e-3F;  // to 0 and 1, of a photo that goes through a sigmoid

bool mixes_colours(const DreamOptions& o, std::int64_t channels) { return o.decorrelate && channels == 3; }

/// What each coefficient of a Fourier image is multiplied with, [2H, V].
std::vector<float> coefficient_scale(const DreamOptions& o, std::int64_t height, std::int64_t width) {
  std::vector<float> scale = falling_amplitudes(height, width, o.spectrum_decay);
  const auto root = static_cast<float>(std::sqrt(static_cast<double>(height * width)));
  for (float& s : scale) s *= root;
  scale.insert(scale.end(), scale.begin(), scale.end());
  return scale;
}

Value coloured(Value u, const DreamOptions& o) {
  if (mixes_colours(o, u.shape()[1]))
    u = channel_mix(u, {.matrix = {kColours.begin(), kColours.end()}, .bias = {}, .name = "colours"});
  return sigmoid(u, "pixels");
}

/// A level of a pyramid: its size, and where it begins in the parameter's last axis.
struct Level {
  std::int64_t height, width, begin;

  std::int64_t end() const { return begin + height * width; }
};

/// The full size first, each as large as half of the one before, at least 1.
std::vector<Level> levels_of(const DreamOptions& o, const Shape& s) {
  std::vector<Level> levels{{s[2], s[3], 0}};
  while (static_cast<std::int64_t>(levels.size()) < o.levels) {
    const Level& above = levels.back();
    levels.push_back({(above.height + 1) / 2, (above.width + 1) / 2, above.end()});
  }
  return levels;
}

Value of_pyramid(Value parameter, const DreamOptions& o, const Shape& s) {
  Value sum;
  for (const Level& l : levels_of(o, s)) {
    const Value places = slice(parameter, {.axis = 2, .begin = l.begin, .length = l.height * l.width});
    const Value level = resize2d(reshape(places, {s[0], s[1], l.height, l.width}), {.height = s[2], .width = s[3]});
    sum = sum ? add(sum, level) : level;
  }
  return coloured(sum, o);
}

Value of_fourier(Value coefficients, const DreamOptions& o, const Shape& s) {
  const Value scale = coefficients.graph->constant("coefficient_scale", {{2 * s[2], spectrum_columns(s[3])}},
                                                   from_values(coefficient_scale(o, s[2], s[3])));
  return coloured(backflow::scale(inverse_dft(multiply(coefficients, scale), s[3]), 1 / kSpectrumDivisor), o);
}

Value of_phases(Value phases, const DreamOptions& o, const Shape& s) {
  const Value amplitudes = phases.graph->constant("amplitudes", {{s[2], spectrum_columns(s[3])}},
                                                  from_values(falling_amplitudes(s[2], s[3], o.spectrum_decay)));
  return coloured(standardize(inverse_dft(polar(standardize(phases), amplitudes), s[3])), o);
}

/// u of pixels: M⁻¹ logit(x), in place.
void decolour(const DreamOptions& o, std::int64_t channels, std::span<float> image) {
  for (float& x : image) {
    const float inside = std::clamp(x, kNearest, 1 - kNearest);
    x = std::log(inside / (1 - inside));
  }
  if (!mixes_colours(o, channels)) return;
  const ColourMatrix m = inverse(kColours);
  const std::size_t size = image.size() / 3;
  for (std::size_t i = 0; i < size; ++i) {
    const float r = image[i], g = image[size + i], b = image[2 * size + i];
    for (std::size_t c = 0; c < 3; ++c) image[c * size + i] = m[c * 3] * r + m[c * 3 + 1] * g + m[c * 3 + 2] * b;
  }
}

/// All of it in the full size, nothing in the others.
Tensor pyramid_of(const DreamOptions& o, const Tensor& u) {
  const Shape& s = u.shape();
  Tensor result(Spec{parameter_shape(o, s)});
  const auto plane = static_cast<std::size_t>(s[2] * s[3]), length = static_cast<std::size_t>(result.shape()[2]);
  for (std::size_t p = 0; p < static_cast<std::size_t>(s[0] * s[1]); ++p)
    std::ranges::copy(u.as().subspan(p * plane, plane), result.as().data() + p * length);
  return result;
}

Tensor spectra_of(const DreamOptions& o, const Tensor& u) {
  const Shape& s = u.shape();
  Tensor result(Spec{parameter_shape(o, s)});
  const auto scale = coefficient_scale(o, s[2], s[3]);
  const auto plane = static_cast<std::size_t>(s[2] * s[3]);
  for (std::size_t p = 0; p < static_cast<std::size_t>(s[0] * s[1]); ++p) {
    const auto spectrum = half_spectrum(u.as().subspan(p * plane, plane), s[2], s[3]);
    float* out = result.as().data() + p * spectrum.size();
    for (std::size_t i = 0; i < spectrum.size(); ++i) out[i] = kSpectrumDivisor * spectrum[i] / scale[i];
  }
  return result;
}

}  // namespace

Shape parameter_shape(const DreamOptions& o, const Shape& s) {
  if (o.parameterization == Parameterization::pyramid) return {s[0], s[1], levels_of(o, s).back().end()};
  if (o.parameterization == Parameterization::fourier) return {s[0], s[1], 2 * s[2], spectrum_columns(s[3])};
  if (o.parameterization == Parameterization::maco) return {s[0], s[1], s[2], spectrum_columns(s[3])};
  return s;
}

Value pixels_of(Value parameter, const DreamOptions& o, const Shape& s) {
  if (o.parameterization == Parameterization::sigmoid) return coloured(parameter, o);
  if (o.parameterization == Parameterization::pyramid) return of_pyramid(parameter, o, s);
  if (o.parameterization == Parameterization::fourier) return of_fourier(parameter, o, s);
  if (o.parameterization == Parameterization::maco) return of_phases(parameter, o, s);
  return parameter;
}

DecodedImage append_image(Graph& graph, const DreamOptions& o, const Shape& s, bool masked) {
  DecodedImage p;
  p.parameter = graph.state("image", {parameter_shape(o, s)}, zeros());
  if (lies_in_pixels(o)) graph.mark_image(p.parameter);
  p.pixels = pixels_of(p.parameter, o, s);
  if (!masked) return p;
  const Value mask = graph.input("mask", {.shape = {1, 1, s[2], s[3]}, .image = true}),
              base = graph.input("mask_base", {.shape = s, .image = true});
  p.pixels = add(base, multiply(subtract(p.pixels, base), mask), "masked");
  return p;
}

Tensor first_values(const DreamOptions& o, const Shape& s, std::span<const RandomKey> keys) {
  Tensor result(Spec{parameter_shape(o, s)});
  const bool spectrum = is_spectrum(o);
  if (!spectrum) {
    Tensor grey(Spec{s});
    std::fill(grey.as().begin(), grey.as().end(), o.start_mean);
    result = values_for(o, grey);
  }
  if (o.start != Start::noise) return result;
  const std::size_t length = result.as().size() / keys.size();
  for (std::size_t n = 0; n < keys.size(); ++n)
    for (std::size_t i = 0; i < length; ++i) result.as()[n * length + i] += o.start_stddev * normal_at(keys[n], i);
  return result;
}

Tensor values_for(const DreamOptions& o, const Tensor& pixels) {
  require(o.parameterization != Parameterization::maco, "[dream] image maco has no phases for given pixels");
  Tensor u(pixels.shape(), pixels.as());
  if (o.parameterization == Parameterization::pixels) return u;
  const auto images = static_cast<std::size_t>(pixels.shape()[0]);
  const std::size_t length = u.as().size() / images;
  for (std::size_t n = 0; n < images; ++n) decolour(o, pixels.shape()[1], u.as().subspan(n * length, length));
  if (o.parameterization == Parameterization::sigmoid) return u;
  return o.parameterization == Parameterization::pyramid ? pyramid_of(o, u) : spectra_of(o, u);
}

}  // namespace backflow::dream
