// From the gradient of the pixels to the next image: regularizers, blur and normalisation of the gradient, the step,
// and what happens to the image after it. Internal to runtime/dream/.
#pragma once

#include <vector>

#include <backflow/graph/graph.h>
#include <backflow/runtime/dream/image/parameterization.h>
#include <backflow/runtime/dream/options.h>
#include <backflow/runtime/flow/flow.h>

namespace backflow::dream {

/// A value that is climbed, times `weight`.
struct WeightedTerm {
  Value value;
  float weight = 1;
};

/// What is taken off the objective: total variation, L1, L2 and boundary, with their weights.
std::vector<WeightedTerm> append_regularizers(Value pixels, const DreamOptions& options);

/// d(Σ weight · value) / d pixels.
Value pixel_gradient(const std::vector<WeightedTerm>& terms, Value pixels);

/// The gradient of the pixels blurred, normalised and clipped as the options say. Reads the input "gradient_sigma".
Value shaped_gradient(Value gradient, const DreamOptions& options);

/// The gradient of the parameter from that of the pixels.
Value parameter_gradient(const DecodedImage& decoded, Value gradient);

/// Appends the step along `gradient`, which is that of the parameter, and the blur of the image. Reads the inputs
/// "rate", "step" and "blur_sigma".
void append_ascent(const DecodedImage& decoded, Value gradient, const DreamOptions& options);

/// What those inputs are in one step; a pure function of the options.
struct StepValues {
  float rate = 0, gradient_sigma = 0, blur_sigma = 0;
};
StepValues values_of(const DreamOptions& options, std::int64_t step);  // 0 for the first
/// Writes them where `flow` reads them. Optimizers with a memory begin anew where `step_of_octave` is 0.
void write_values(Flow& flow, const DreamOptions& options, std::int64_t step, std::int64_t step_of_octave);

}  // namespace backflow::dream
