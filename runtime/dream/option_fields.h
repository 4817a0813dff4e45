// The names of all options, once: JSON, flags and pages of help walk over them. Internal to runtime/dream/.
#pragma once

#include <backflow/runtime/dream/options.h>

namespace backflow::dream {

/// What is optimized, in how many steps, and how the networks see it.
template <class Options, class Visit>
void for_each_view_option(Options& o, Visit& visit) {
  visit("width", o.width);
  visit("height", o.height);
  visit("variants", o.variants);
  visit("seed", o.seed);
  visit("start", o.start);
  visit("start_mean", o.start_mean);
  visit("start_deviation", o.start_deviation);
  visit("image", o.image);
  visit("decorrelate", o.decorrelate);
  visit("spectrum_decay", o.spectrum_decay);
  visit("levels", o.levels);
  visit("steps", o.steps);
  visit("optimizer", o.optimizer);
  visit("rate", o.rate);
  visit("rate_end", o.rate_end);
  visit("schedule", o.schedule);
  visit("momentum", o.momentum);
  visit("dead_start", o.dead_start);
  visit("jitter", o.jitter);
  visit("shift", o.shift);
  visit("scale_min", o.scale_min);
  visit("scale_max", o.scale_max);
  visit("rotate", o.rotate);
  visit("pad", o.pad);
  visit("pad_value", o.pad_value);
  visit("crops", o.crops);
  visit("crop_min", o.crop_min);
  visit("crop_max", o.crop_max);
  visit("crop_spread", o.crop_spread);
  visit("noise", o.noise);
  visit("scales", o.scales);
}

/// What becomes of the gradient and of the image, and in which sizes.
template <class Options, class Visit>
void for_each_step_option(Options& o, Visit& visit) {
  visit("gradient_blur", o.gradient_blur);
  visit("gradient_blur_end", o.gradient_blur_end);
  visit("normalize", o.normalize);
  visit("clip", o.clip);
  visit("blur", o.blur);
  visit("blur_end", o.blur_end);
  visit("blur_every", o.blur_every);
  visit("decay", o.decay);
  visit("toward", o.toward);
  visit("clamp", o.clamp);
  visit("tv", o.tv);
  visit("l1", o.l1);
  visit("l2", o.l2);
  visit("boundary", o.boundary);
  visit("octaves", o.octaves);
  visit("octave_scale", o.octave_scale);
  visit("octave_carry", o.octave_carry);
  visit("tile", o.tile);
  visit("tile_halo", o.tile_halo);
  visit("precision", o.precision);
}

/// Calls visit(name, member) for each option, in the order of the struct. `Options` is DreamOptions, const or not.
template <class Options, class Visit>
void for_each_option(Options& o, Visit visit) {
  for_each_view_option(o, visit);
  for_each_step_option(o, visit);
}

}  // namespace backflow::dream
