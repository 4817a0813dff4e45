// Everything that decides how an image is made, in one plain struct: same options, same networks, same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <backflow/graph/enum_names.h>
#include <backflow/runtime/flow/precision.h>

namespace backflow::dream {

enum class Start : std::uint8_t { noise, grey, photo };
/// What is optimized: pixels, a sigmoid of decorrelated colours, a Laplacian pyramid, a Fourier spectrum, or phases
/// alone (MaCo).
enum class Parameterization : std::uint8_t { pixels, sigmoid, pyramid, fourier, maco };
enum class Optimizer : std::uint8_t { ascent, momentum, adam, nadam };
/// The way from the first learning rate to the last.
enum class Schedule : std::uint8_t { linear, cosine };
/// What the gradient is divided by: nothing, the mean of |g|, its RMS, or the RMS of each frequency band.
enum class Normalize : std::uint8_t { none, mean, rms, laplacian };
/// What goes up to the next octave: the image, or what was added to the start's smaller copy.
enum class OctaveCarry : std::uint8_t { image, detail };

/// Images are in 0 … 1. Jitter, shift and pad are in pixels of the full image and shrink with it where an octave is
/// smaller; each σ is in pixels of the octave.
struct DreamOptions {
  // The image.
  std::int64_t width = 224, height = 224;
  std::int64_t variants = 1;  // images of one target, made together; diversity needs two
  std::uint64_t seed = 1;
  Start start = Start::noise;
  float start_mean = 0.5F;     // of noise and grey
  float start_stddev = 0.03F;  // of noise; for spectra that of the coefficients
  Parameterization parameterization = Parameterization::pixels;
  bool decorrelate = true;   // colours; for all but pixels, where there are three
  float spectrum_decay = 1;  // amplitudes fall as frequency to the power −decay
  std::int64_t levels = 4;   // of a pyramid: sizes, each half of the one before

  // The run.
  std::int64_t steps = 128;  // of the whole run; octaves share them evenly
  Optimizer optimizer = Optimizer::ascent;
  float learning_rate = 0.02F, learning_rate_end = 0.02F;
  Schedule schedule = Schedule::linear;
  float momentum = 0.9F;  // of momentum; β₁ of Adam
  /// Steps, and as many more as the objective stays 0, whose gradient also passes below a ReLU that is 0.
  std::int64_t relu_override_steps = 16;

  // What the network sees.
  std::int64_t jitter = 0;  // circular, −jitter … jitter
  std::int64_t shift = 0;   // the same, but what leaves is lost
  float scale_min = 1, scale_max = 1;
  float rotate = 0;      // degrees, −rotate … rotate; no rotation as often as any other multiple of a fifth
  std::int64_t pad = 0;  // a border of pad_value around the image
  float pad_value = 0.5F;
  std::int64_t crops = 0;                                        // views in each step; 0: one, of the whole image
  float crop_min = 0.05F, crop_max = 0.5F, crop_spread = 0.15F;  // sides as a share of the image, deviation of centres
  float noise = 0;                                               // deviation of what is added to each view
  std::vector<double> scales = {1};  // sizes at which the network sees the image in each step, all at once

  // The gradient of the pixels.
  float gradient_blur = 0, gradient_blur_end = 0;  // σ
  Normalize normalize = Normalize::none;
  float clip = 0;  // greatest norm of an image's gradient; 0: any

  // The image after each step.
  float blur = 0, blur_end = 0;     // σ
  std::int64_t blur_every = 0;      // steps; 0: never
  float decay = 0, toward = 0.45F;  // a share of the distance to that grey is lost
  bool clamp = true;                // pixels stay in 0 … 1

  // What is taken off the objective: weight · a sum over the image.
  float tv = 0;          // |differences of neighbours|
  float l1 = 0, l2 = 0;  // |x − ½|, (x − ½)²
  float boundary = 0;    // (x − ½)² in the outer tenth

  // Several sizes.
  std::int64_t octaves = 1;
  double octave_scale = 1.4;  // between the sizes of two octaves, smallest first
  OctaveCarry octave_carry = OctaveCarry::image;

  // Tiles, for images larger than a network's memory should be.
  std::int64_t tile = 0;        // side; 0: the image is seen as a whole
  std::int64_t tile_halo = -1;  // pixels around a tile that are seen with it; −1: all that its gradient depends on

  Precision precision = Precision::f32;  // of the networks' products

  bool operator==(const DreamOptions&) const = default;
};

/// Whether what is optimized lies where the pixels lie: pixels and sigmoid, not a pyramid or a spectrum.
bool lies_in_pixels(const DreamOptions& options);

/// Whether what is optimized is a spectrum: fourier or maco.
bool is_spectrum(const DreamOptions& options);

/// Throws an OptionError: the option, what was given and what was expected.
void check(const DreamOptions& options);

/// All options as a JSON object in one line. Numbers keep their exact value.
std::string to_json(const DreamOptions& options);
/// Options that are missing are those of `base`. Throws an Error if the text is no JSON object or a name is unknown
/// (near ones are suggested), an OptionError if a value has the wrong type.
DreamOptions dream_options_from_json(const std::string& text, DreamOptions base = {});

/// Sets one option from a text such as "8", "true" or "0.5,1"; names have underscores or hyphens. Throws an Error if
/// the name is unknown, an OptionError if the value has the wrong type; its range is for check().
void set_option(DreamOptions& options, const std::string& name, const std::string& value);

/// A recipe that is known to work, for an image of that size:
///   naive      the gradient alone, from noise: what not to do
///   homework   jitter, blurred and normalised gradients, blurred image, decay, clamp, three scales
///   deepdream  octaves on a photo (Mordvintsev 2015)
///   quality    spectra, decorrelated colours, transforms, total variation (Olah et al. 2017)
///   maco       phases alone (Fel et al. 2023); slow and smooth
/// Throws an Error that lists the names if there is no such preset.
DreamOptions preset(const std::string& name, std::int64_t width = 224, std::int64_t height = 224);
const std::vector<std::string>& preset_names();

}  // namespace backflow::dream

namespace backflow {

template <>
inline constexpr std::array<const char*, 3> kEnumNames<dream::Start>{"noise", "grey", "photo"};
template <>
inline constexpr std::array<const char*, 5> kEnumNames<dream::Parameterization>{"pixels", "sigmoid", "pyramid",
                                                                                "fourier", "maco"};
template <>
inline constexpr std::array<const char*, 4> kEnumNames<dream::Optimizer>{"ascent", "momentum", "adam", "nadam"};
template <>
inline constexpr std::array<const char*, 2> kEnumNames<dream::Schedule>{"linear", "cosine"};
template <>
inline constexpr std::array<const char*, 4> kEnumNames<dream::Normalize>{"none", "mean", "rms", "laplacian"};
template <>
inline constexpr std::array<const char*, 2> kEnumNames<dream::OctaveCarry>{"image", "detail"};

}  // namespace backflow
