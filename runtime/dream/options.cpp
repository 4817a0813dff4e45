#include <backflow/runtime/dream/options.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/image/image.h>

namespace backflow::dream {
namespace {

constexpr std::int64_t kLongestSpectrum = 4096;

template <class Number>
void check_range(const char* name, Number value, double low, double high) {
  const auto v = static_cast<double>(value);
  require(std::isfinite(v) && v >= low && v <= high, "[dream] ", name, " needs to be in ", low, " … ", high, ", got ",
          value);
}

void check_word(const char* name, const std::string& value, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  std::string list;
  for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
  fail("[dream] ", name, " needs to be one of ", list, ", got '", value, "'");
}

void check_image(const DreamOptions& o) {
  image::check_image_size(o.width, o.height, "dream");
  check_range("variants", o.variants, 1, 1024);
  check_word("start", o.start, {"noise", "grey", "photo"});
  check_range("start_mean", o.start_mean, 0, 1);
  check_range("start_deviation", o.start_deviation, 0, 10);
  check_word("image", o.image, {"pixels", "sigmoid", "pyramid", "fourier", "maco"});
  check_range("spectrum_decay", o.spectrum_decay, 0, 4);
  check_range("levels", o.levels, 1, 16);
}

void check_run(const DreamOptions& o) {
  check_range("steps", o.steps, 1, 10'000'000);
  check_word("optimizer", o.optimizer, {"ascent", "momentum", "adam", "nadam"});
  check_range("rate", o.rate, 0, 1e6);
  check_range("rate_end", o.rate_end, 0, 1e6);
  check_word("schedule", o.schedule, {"linear", "cosine"});
  check_range("momentum", o.momentum, 0, 0.9999);
  check_range("dead_start", o.dead_start, 0, 1e9);
  check_range("octaves", o.octaves, 1, 64);
  check_range("octave_scale", o.octave_scale, 1, 16);
  require(o.octaves <= o.steps, "[dream] ", o.octaves, " octaves need as many steps, got ", o.steps);
  check_word("octave_carry", o.octave_carry, {"image", "detail"});
  check_range("tile", o.tile, 0, 65536);
  check_range("tile_halo", o.tile_halo, -1, 65536);
  check_word("precision", o.precision, {"f32", "bf16", "auto"});
}

void check_views(const DreamOptions& o) {
  check_range("jitter", o.jitter, 0, 65536);
  check_range("shift", o.shift, 0, 65536);
  check_range("scale_min", o.scale_min, 0.01, 100);
  check_range("scale_max", o.scale_max, o.scale_min, 100);
  check_range("rotate", o.rotate, 0, 180);
  check_range("pad", o.pad, 0, 65536);
  check_range("pad_value", o.pad_value, 0, 1);
  check_range("crops", o.crops, 0, 1024);
  check_range("crop_min", o.crop_min, 0.01, 1);
  check_range("crop_max", o.crop_max, o.crop_min, 1);
  check_range("crop_spread", o.crop_spread, 0, 1);
  check_range("noise", o.noise, 0, 10);
  require(!o.scales.empty() && o.scales.size() <= 16, "[dream] scales needs 1 … 16 entries, got ", o.scales.size());
  for (double s : o.scales) check_range("an entry of scales", s, 0.05, 4);
}

void check_gradient(const DreamOptions& o) {
  check_range("gradient_blur", o.gradient_blur, 0, 1000);
  check_range("gradient_blur_end", o.gradient_blur_end, 0, 1000);
  check_word("normalize", o.normalize, {"none", "mean", "rms", "laplacian"});
  check_range("clip", o.clip, 0, 1e30);
  check_range("blur", o.blur, 0, 1000);
  check_range("blur_end", o.blur_end, 0, 1000);
  check_range("blur_every", o.blur_every, 0, 1e9);
  check_range("decay", o.decay, 0, 1);
  check_range("toward", o.toward, 0, 1);
  check_range("tv", o.tv, 0, 1e6);
  check_range("l1", o.l1, 0, 1e6);
  check_range("l2", o.l2, 0, 1e6);
  check_range("boundary", o.boundary, 0, 1e6);
}

/// Combinations that would do nothing, or not what their names say.
void check_together(const DreamOptions& o) {
  const bool spectrum = o.image == "fourier" || o.image == "maco", in_pixels = lies_in_pixels(o);
  require(in_pixels || o.blur_every == 0, "[dream] blur is of pixels: not with image ", o.image,
          ", whose smoothness is ", spectrum ? "spectrum_decay" : "levels");
  require(in_pixels || o.octaves == 1, "[dream] octaves are of pixels: not with image ", o.image, ", which has all ",
          spectrum ? "frequencies" : "sizes", " at once");
  require(!spectrum || std::max(o.width, o.height) <= kLongestSpectrum, "[dream] image ", o.image, " takes up to ",
          kLongestSpectrum, " pixels a side, whose frequencies are two dense matrices, got ", o.width, " × ", o.height);
  require(o.image != "maco" || o.decay == 0, "[dream] decay would turn phases: not with image maco");
  require(o.image != "maco" || o.start == "noise", "[dream] image maco starts from noise, got ", o.start);
  require(o.octave_carry != "detail" || o.start == "photo" || o.octaves == 1,
          "[dream] octave_carry detail needs start photo, got ", o.start);
  require(o.tile == 0 || (o.scales == std::vector<double>{1} && o.crops == 0 && o.pad == 0 && o.shift == 0 &&
                          o.rotate == 0 && o.scale_min == 1 && o.scale_max == 1 && o.noise == 0),
          "[dream] a tile is seen as it lies in the image: of all transforms, jitter alone goes with it");
  require(!spectrum || o.start_mean == 0.5F, "[dream] start_mean is of pixels: image ", o.image, " starts from ½, got ",
          o.start_mean);
}

}  // namespace

bool lies_in_pixels(const DreamOptions& o) { return o.image == "pixels" || o.image == "sigmoid"; }

void check(const DreamOptions& o) {
  check_image(o);
  check_run(o);
  check_views(o);
  check_gradient(o);
  check_together(o);
}

}  // namespace backflow::dream
