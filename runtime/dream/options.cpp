#include <backflow/runtime/dream/options.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/option_table.h>
#include <backflow/runtime/image/image.h>

namespace backflow::dream {
namespace {

constexpr std::int64_t kLongestSpectrum = 4096;
constexpr const char* kWhere = "[dream] ";

[[noreturn]] void refuse(const char* option, const std::string& problem) { throw OptionError(option, problem, kWhere); }

void check_ranges(const DreamOptions& o) {
  image::check_image_size(o.width, o.height, "dream");
  DreamOptions copy = o;
  files::check(table(copy), kWhere);
  if (o.scale_max < o.scale_min)
    refuse("scale_max", str_cat("needs to be ≥ scale_min ", o.scale_min, ", got ", o.scale_max));
  if (o.crop_max < o.crop_min) refuse("crop_max", str_cat("needs to be ≥ crop_min ", o.crop_min, ", got ", o.crop_max));
  if (o.octaves > o.steps)
    refuse("octaves", str_cat("needs as many steps, got ", o.octaves, " octaves and ", o.steps, " steps"));
}

/// Combinations that would do nothing, or not what their names say.
void check_together(const DreamOptions& o) {
  const bool spectrum = is_spectrum(o), pixels = lies_in_pixels(o);
  const std::string with = str_cat("parameterization ", name_of(o.parameterization));
  if (!pixels && o.blur_every != 0)
    refuse("blur",
           str_cat("is of pixels: not with ", with, ", whose smoothness is ", spectrum ? "spectrum_decay" : "levels"));
  if (!pixels && o.octaves != 1)
    refuse("octaves", str_cat("are of pixels: not with ", with, ", which has all ", spectrum ? "frequencies" : "sizes",
                              " at once"));
  if (spectrum && std::max(o.width, o.height) > kLongestSpectrum)
    refuse("parameterization",
           str_cat(name_of(o.parameterization), " takes up to ", kLongestSpectrum,
                   " pixels a side, whose frequencies are two dense matrices, got ", o.width, " × ", o.height));
  if (spectrum && o.start_mean != 0.5F)
    refuse("start_mean", str_cat("is of pixels: ", with, " starts from ½, got ", o.start_mean));
  if (o.parameterization == Parameterization::maco && o.decay != 0)
    refuse("decay", str_cat("would turn phases: not with ", with));
  if (o.parameterization == Parameterization::maco && o.start != Start::noise)
    refuse("start", str_cat("needs to be noise with ", with, ", got ", name_of(o.start)));
  if (o.octave_carry == OctaveCarry::detail && o.start != Start::photo && o.octaves != 1)
    refuse("octave_carry", str_cat("detail needs start photo, got ", name_of(o.start)));
  const bool jitter_alone = o.scales == std::vector<double>{1} && o.crops == 0 && o.pad == 0 && o.shift == 0 &&
                            o.rotate == 0 && o.scale_min == 1 && o.scale_max == 1 && o.noise == 0;
  if (o.tile != 0 && !jitter_alone)
    refuse("tile", "goes with jitter alone of all transforms: a tile is seen as it lies in the image");
}

}  // namespace

bool lies_in_pixels(const DreamOptions& o) {
  return o.parameterization == Parameterization::pixels || o.parameterization == Parameterization::sigmoid;
}

bool is_spectrum(const DreamOptions& o) {
  return o.parameterization == Parameterization::fourier || o.parameterization == Parameterization::maco;
}

void check(const DreamOptions& o) {
  check_ranges(o);
  check_together(o);
}

std::string to_json(const DreamOptions& options) {
  DreamOptions copy = options;
  return files::to_json(table(copy));
}

DreamOptions dream_options_from_json(const std::string& text, DreamOptions base) {
  files::read_json(table(base), text, kWhere);
  return base;
}

void set_option(DreamOptions& options, const std::string& name, const std::string& value) {
  const files::OptionTable all = table(options);
  files::set(files::at(all, name, kWhere), value);
}

}  // namespace backflow::dream
