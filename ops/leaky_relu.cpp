#include <backflow/ops/leaky_relu.h>

#include <backflow/ops/onednn/activation.h>

namespace backflow {

Value leaky_relu(Value x, const LeakyReluOptions& options) {
  // From the output alone a negative slope could not be told from the positive side.
  require(options.slope >= 0, "[leaky_relu] slope needs to be ≥ 0, got ", options.slope);
  auto op = std::make_shared<Activation>("leaky_relu", dnnl::algorithm::eltwise_relu_use_dst_for_bwd, options.slope,
                                         0.0F, Activation::Needs::output, str_cat("slope ", options.slope));
  return x.graph->add(std::move(op), {x}, options.name)[0];
}

}  // namespace backflow
