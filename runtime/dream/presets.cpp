// The recipes that options begin with.
#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/runtime/dream/options.h>

namespace backflow::dream {
namespace {

DreamOptions naive(double) {
  DreamOptions o;
  o.optimizer = Optimizer::ascent;
  o.learning_rate = o.learning_rate_end = 0.01F;
  return o;
}

/// All six tricks of class visualisation: blur, clamp, decay, blurred gradients, several scales, normalised gradients.
DreamOptions homework(double size) {
  DreamOptions o;
  o.normalize = Normalize::rms;
  o.learning_rate = 0.02F;
  o.learning_rate_end = 0.01F;
  o.jitter = std::lround(32 * size);
  o.octaves = 3;
  o.octave_scale = std::sqrt(2.0);
  o.gradient_blur = 3;
  o.gradient_blur_end = 0.8F;
  o.blur_every = 4;
  o.blur = 0.8F;
  o.blur_end = 0.4F;
  o.decay = 0.002F;
  o.scale_min = 0.75F;
  o.scale_max = 1.2F;
  o.rotate = 15;
  return o;
}

/// The same for small images, which have no room for octaves: what they show stands on black.
DreamOptions small_homework(double size) {
  DreamOptions o = homework(size);
  o.jitter = std::lround(16 * size);
  o.octaves = 1;
  o.scale_min = o.scale_max = 1;
  o.rotate = 0;
  o.gradient_blur = 1;
  o.gradient_blur_end = 0.5F;
  o.blur = 0.9F;
  o.blur_end = 0.4F;
  o.decay = 0.03F;
  o.toward = 0;
  o.start_mean = 0.2F;
  return o;
}

DreamOptions deepdream(double size) {
  DreamOptions o;
  o.start = Start::photo;
  o.steps = 40;
  o.octaves = 4;
  o.octave_carry = OctaveCarry::detail;
  o.normalize = Normalize::mean;
  o.learning_rate = o.learning_rate_end = 1.5F / 255;
  o.jitter = std::lround(32 * size);
  return o;
}

DreamOptions quality(double size) {
  DreamOptions o;
  o.parameterization = Parameterization::fourier;
  o.start_stddev = 0.01F;
  o.optimizer = Optimizer::adam;
  o.learning_rate = o.learning_rate_end = 0.05F;
  o.shift = std::lround(16 * size);
  o.scale_min = 0.75F;
  o.scale_max = 1.2F;
  o.rotate = 15;
  o.tv = 3e-3F;
  return o;
}

DreamOptions maco(double size) {
  DreamOptions o;
  o.parameterization = Parameterization::maco;
  o.optimizer = Optimizer::nadam;
  o.learning_rate = o.learning_rate_end = 1;
  o.steps = 256;
  o.crops = 6;
  // A view of much less than 100 pixels shows a network nothing but blurred noise.
  o.crop_min = static_cast<float>(std::clamp(0.4 / size, 0.05, 0.4));
  o.crop_max = static_cast<float>(std::clamp(1 / size, 0.5, 1.0));
  o.start_stddev = 1;
  o.noise = 0.05F;
  return o;
}

}  // namespace

const std::vector<std::string>& preset_names() {
  static const std::vector<std::string> names{"naive", "homework", "deepdream", "quality", "maco"};
  return names;
}

DreamOptions preset(const std::string& name, std::int64_t width, std::int64_t height) {
  const double size = static_cast<double>(std::min(width, height)) / 224;
  DreamOptions o;
  if (name == "naive")
    o = naive(size);
  else if (name == "homework")
    o = size > 0.25 ? homework(size) : small_homework(size);
  else if (name == "deepdream")
    o = deepdream(size);
  else if (name == "quality")
    o = quality(size);
  else if (name == "maco")
    o = maco(size);
  else
    fail("[dream] there is no preset '", printable(name), "'; there are naive, homework, deepdream, quality, maco");
  o.width = width;
  o.height = height;
  return o;
}

}  // namespace backflow::dream
