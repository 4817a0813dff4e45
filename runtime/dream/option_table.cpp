#include <backflow/runtime/dream/option_table.h>

namespace backflow::dream {
namespace {

/// What is optimized, in how many steps, and how the networks see it.
files::OptionTable view_options(DreamOptions& o) {
  return {
      {"width", &o.width, "pixels", {1, 16384}},
      {"height", &o.height, "pixels", {1, 16384}},
      {"variants", &o.variants, "images of each target, made together; diversity needs two", {1, 1024}},
      {"seed", &o.seed, "of all random numbers"},
      {"start", enum_member(o.start), "what the first image is"},
      {"start_mean", &o.start_mean, "of noise and grey", {0, 1}},
      {"start_stddev",
       &o.start_stddev,
       "of noise; of spectra that of the coefficients",
       {0, 10},
       "",
       "start_deviation"},
      {"parameterization", enum_member(o.parameterization), "what is optimized", {}, "", "image"},
      {"decorrelate", &o.decorrelate, "colours, with all parameterizations but pixels"},
      {"spectrum_decay", &o.spectrum_decay, "amplitudes fall as frequency to the power -N", {0, 4}},
      {"levels", &o.levels, "of a pyramid: sizes, each half of the one before", {1, 16}},
      {"steps", &o.steps, "of the whole run; octaves share them evenly", {1, 10'000'000}},
      {"optimizer", enum_member(o.optimizer), "the rule of the update"},
      {"learning_rate", &o.learning_rate, "length of the first step", {0, 1e6}, "", "rate"},
      {"learning_rate_end", &o.learning_rate_end, "length of the last step", {0, 1e6}, "", "rate_end"},
      {"schedule", enum_member(o.schedule), "the way from learning_rate to learning_rate_end"},
      {"momentum", &o.momentum, "of --optimizer momentum; beta1 of Adam", {0, 0.9999}},
      {"relu_override_steps",
       &o.relu_override_steps,
       "first steps whose gradient also passes a ReLU that is 0",
       {0, 1e9},
       "",
       "dead_start"},
      {"jitter", &o.jitter, "pixels by which the image is rolled at random in each step", {0, 65536}},
      {"shift", &o.shift, "pixels by which the image is moved at random; what leaves is lost", {0, 65536}},
      {"scale_min", &o.scale_min, "least factor of a random zoom", {0.01, 100}},
      {"scale_max", &o.scale_max, "greatest factor of a random zoom", {0.01, 100}},
      {"rotate", &o.rotate, "degrees of a random rotation to either side", {0, 180}},
      {"pad", &o.pad, "pixels of a border around the image", {0, 65536}},
      {"pad_value", &o.pad_value, "grey of that border", {0, 1}},
      {"crops", &o.crops, "crops of the image in each step; 0: the whole image", {0, 1024}},
      {"crop_min", &o.crop_min, "least side of a crop, as a share of the image", {0.01, 1}},
      {"crop_max", &o.crop_max, "greatest side of a crop", {0.01, 1}},
      {"crop_spread", &o.crop_spread, "stddev of the crops' centres, as a share of the image", {0, 1}},
      {"noise", &o.noise, "stddev of the noise that each view gets", {0, 10}},
      {"scales", &o.scales, "sizes at which the network sees the image in each step, such as 0.5,0.7,1", {0.05, 4}},
  };
}

/// What becomes of the gradient and of the image, and in which sizes.
files::OptionTable step_options(DreamOptions& o) {
  return {
      {"gradient_blur", &o.gradient_blur, "σ in pixels of the gradient's blur, first", {0, 1000}},
      {"gradient_blur_end", &o.gradient_blur_end, "σ in pixels of the gradient's blur, last", {0, 1000}},
      {"normalize", enum_member(o.normalize), "what the gradient is divided by"},
      {"clip", &o.clip, "greatest norm of the gradient; 0: any", {0, 1e30}},
      {"blur", &o.blur, "σ in pixels of the image's blur, first", {0, 1000}},
      {"blur_end", &o.blur_end, "σ in pixels of the image's blur, last", {0, 1000}},
      {"blur_every", &o.blur_every, "steps between two blurs; 0: never", {0, 1e9}},
      {"decay", &o.decay, "share of the way to grey that the image fades in each step", {0, 1}},
      {"toward", &o.toward, "the grey that decay leads to", {0, 1}},
      {"clamp", &o.clamp, "keep pixels in 0 … 1"},
      {"tv", &o.tv, "weight of the total variation", {0, 1e6}},
      {"l1", &o.l1, "weight of |x - 1/2|", {0, 1e6}},
      {"l2", &o.l2, "weight of (x - 1/2)^2", {0, 1e6}},
      {"boundary", &o.boundary, "weight of (x - 1/2)^2 in the outer tenth", {0, 1e6}},
      {"octaves", &o.octaves, "sizes of the image, smallest first", {1, 64}},
      {"octave_scale", &o.octave_scale, "factor between the sizes of two octaves", {1, 16}},
      {"octave_carry", enum_member(o.octave_carry), "what goes up to the next octave"},
      {"tile", &o.tile, "pixels a side of the tiles of a large image; 0: no tiles", {0, 65536}},
      {"tile_halo",
       &o.tile_halo,
       "pixels around a tile that are seen with it; -1: all that it depends on",
       {-1, 65536}},
      {"precision", enum_member(o.precision), "of products; auto is bf16 where the CPU has AMX"},
  };
}

}  // namespace

files::OptionTable table(DreamOptions& o) {
  files::OptionTable all = view_options(o);
  for (files::Option& option : step_options(o)) all.push_back(std::move(option));
  return all;
}

}  // namespace backflow::dream
