// Everything that decides how an image is made, in one plain struct: same options, same networks, same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace backflow::dream {

/// Images are in 0 … 1. Jitter, shift and pad are in pixels of the full image and shrink with it where an octave is
/// smaller; each σ is in pixels of the octave.
struct DreamOptions {
  // The image.
  std::int64_t width = 224, height = 224;
  std::int64_t variants = 1;  // images of one target, made together; diversity needs two
  std::uint64_t seed = 1;
  std::string start = "noise";    // noise, grey or photo
  float start_mean = 0.5F;        // of noise and grey
  float start_deviation = 0.03F;  // of noise; for spectra that of the coefficients
  /// What is optimized: pixels, sigmoid (of decorrelated colours), pyramid, fourier, maco (phases).
  std::string image = "pixels";
  bool decorrelate = true;   // colours; for all but pixels, where there are three
  float spectrum_decay = 1;  // amplitudes fall as frequency to the power −decay
  std::int64_t levels = 4;   // of a pyramid: sizes, each half of the one before

  // The run.
  std::int64_t steps = 128;          // of the whole run; octaves share them evenly
  std::string optimizer = "ascent";  // ascent, momentum, adam or nadam
  float rate = 0.02F, rate_end = 0.02F;
  std::string schedule = "linear";  // the way from rate to rate_end: linear or cosine
  float momentum = 0.9F;            // of momentum; β₁ of Adam
  std::int64_t dead_start = 16;  // steps, and as many more as the objective stays 0, that also see what is below a ReLU

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
  std::string normalize = "none";                  // none, mean (÷ mean |g|), rms or laplacian
  float clip = 0;                                  // greatest norm of an image's gradient; 0: any

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
  double octave_scale = 1.4;           // between the sizes of two octaves, smallest first
  std::string octave_carry = "image";  // what goes up: the image, or detail: what was added to the start's smaller copy

  // Tiles, for images larger than a network's memory should be.
  std::int64_t tile = 0;        // side; 0: the image is seen as a whole
  std::int64_t tile_halo = -1;  // pixels around a tile that are seen with it; −1: all that its gradient depends on

  std::string precision = "f32";  // of the networks' products: f32, bf16, or auto: bf16 where the CPU has AMX

  bool operator==(const DreamOptions&) const = default;
};

/// Whether what is optimized lies where the pixels lie: pixels and sigmoid, not a pyramid or a spectrum.
bool lies_in_pixels(const DreamOptions& options);

/// Throws an Error that names the option, what was given and what was expected.
void check(const DreamOptions& options);

/// All options as a JSON object in one line. Numbers keep their exact value.
std::string to_json(const DreamOptions& options);
/// Options that are missing keep their defaults. Throws an Error if the text is no JSON object, a name is unknown (near
/// ones are suggested) or a value has the wrong type.
DreamOptions dream_options_from_json(const std::string& text);

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
