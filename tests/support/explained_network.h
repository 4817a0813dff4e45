// The small network of tests/reference/make_attributions.py, whose weights are drawn.
#pragma once

#include <string>
#include <utility>

#include <backflow/ops/concat.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/scale.h>
#include <backflow/runtime/models/model.h>

namespace backflow {

class ExplainedNetwork final : public models::Model {
 public:
  /// Other prefixes of the parameters' names give other weights.
  explicit ExplainedNetwork(std::int64_t side = 12, std::string prefix = "")
      : input_{.channels = 3,
               .height = side,
               .width = side,
               .mean = {0.4F, 0.4F, 0.4F},
               .stddev = {0.25F, 0.25F, 0.25F}},
        prefix_(std::move(prefix)) {}

  const models::InputSpec& input() const override { return input_; }
  std::int64_t classes() const override { return 5; }
  models::Classifier build(Value image) const override {
    const Value pooled = max_pool2d(relu(conv(image, "conv1", 6, 3, 1)));
    const Value both =
        concat({relu(conv(pooled, "left", 5, 3, 1)), relu(conv(pooled, "right", 4, 1, 0))}, ConcatOptions{});
    const Value last = relu(conv(both, "conv2", 8, 3, 0)), mean = reduce_mean(last, {.axes = {2, 3}});
    const Value logits = scale(linear(mean, {.out = 5, .name = prefix_ + "fc"}), 10);
    return {logits, {{"pooled", pooled}, {"both", both}, {"mean", mean}}};
  }

 private:
  Value conv(Value x, const std::string& name, std::int64_t out, std::int64_t kernel, std::int64_t padding) const {
    return conv2d(x, {.out = out, .kernel = kernel, .padding = padding, .name = prefix_ + name});
  }

  models::InputSpec input_;
  std::string prefix_;
};

}  // namespace backflow
