// The methods one by one, on a network that is compiled for them. Internal to runtime/explain/.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <backflow/runtime/explain/attribution.h>
#include <backflow/runtime/explain/masks.h>
#include <backflow/runtime/explain/network_flows.h>

namespace backflow::explain {

/// What is explained.
struct Subject {
  std::int64_t target = 0;
  std::vector<float> x;  // [C, H, W], as the network reads it
  double logit = 0, probability = 0;
};

struct Context {
  const models::InputSpec& input;
  const ExplainOptions& options;
  NetworkFlows& flows;
  const std::function<void(std::int64_t)>& after_run;

  std::int64_t channels() const { return flows.image()[1]; }
  std::int64_t height() const { return flows.image()[2]; }
  std::int64_t width() const { return flows.image()[3]; }
};

/// saliency, gradient-x-input and guided.
Attribution plain_gradient(const Context& context, const Subject& subject, Method method);
Attribution smoothgrad(const Context& context, const Subject& subject);
/// `forward` tells the baseline's logit.
Attribution integrated(const Context& context, const Subject& subject, Flow& forward);
std::vector<Attribution> class_activation_maps(const Context& context, const Subject& subject,
                                               const std::vector<std::string>& layers);
Attribution occlusion(const Context& context, const Subject& subject);
Attribution rise(const Context& context, const Subject& subject);
Faithfulness scores(const Context& context, const Subject& subject, std::span<const float> map, std::int64_t steps);

// What they share.

/// An Attribution of that method without values.
Attribution begun(const Subject& subject, Method method);
/// The baseline as the network reads it, [C, H, W].
std::vector<float> baseline_of(const Context& context, const Subject& subject, Baseline baseline);
/// Σ over channels, or the largest absolute value of them; `values` is [C, H, W].
Tensor channel_sum(const Tensor& values);
Tensor channel_max(const Tensor& values);

/// Inputs on which nothing depends are not there and are left out.
void write_input(Flow& flow, const std::string& name, std::span<const float> values);

/// Lets `flow`, whose input "image" is written already, see `count` copies in runs of a batch. `prepare(row, copy)`
/// writes what the row of the batch reads; rows beyond the last copy get the copy −1. `take(rows, first)` reads what
/// the run gave for the copies first … first + rows − 1.
void run_batches(const Context& context, Flow& flow, std::int64_t count,
                 const std::function<void(std::int64_t row, std::int64_t copy)>& prepare,
                 const std::function<void(std::int64_t rows, std::int64_t first)>& take);

}  // namespace backflow::explain
