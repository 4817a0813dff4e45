// How far an image is, and what it needs to go on: the first octave, the way up, and the file in between.
// Internal to runtime/dream/.
#pragma once

#include <filesystem>
#include <memory>

#include <backflow/runtime/dream/octave/octave_runner.h>
#include <backflow/runtime/dream/octave/octaves.h>

namespace backflow::dream {

struct DreamProgress {
  std::int64_t steps = 0;      // that are done
  std::size_t octave = 0;      // of the image in the store
  bool relu_override = false;  // the last objective was 0
};

/// The states before the first step: noise, grey or the photo.
std::unique_ptr<Store> first_octave(const DreamPlan& plan, const Octave& octave);
/// The same as pixels, as far as they are known without a flow: spectra show as their mean colour.
Tensor first_planes(const DreamPlan& plan, const Octave& octave);

/// The states of the next octave: the image enlarged, or the start's larger copy and what was added to the smaller one;
/// optimizers begin anew.
std::unique_ptr<Store> next_octave(const DreamPlan& plan, const Octave& from, const Octave& to, const Store& own);

/// A safetensors file with all states, `planes` for show, and as texts the options, the target and the progress.
void save_progress(const std::filesystem::path& file, const DreamPlan& plan, const DreamProgress& progress,
                   const Store& own, const Tensor& planes);
/// Reads it into a new store. Throws an Error that names the file and what differs if it is of another image.
DreamProgress load_progress(const std::filesystem::path& file, const DreamPlan& plan,
                            const std::vector<Octave>& octaves, std::unique_ptr<Store>& own, Tensor& planes);

}  // namespace backflow::dream
