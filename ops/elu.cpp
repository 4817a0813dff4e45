#include <backflow/ops/elu.h>

#include <backflow/ops/onednn/activation.h>

namespace backflow {

Value elu(Value x, const EluOptions& options) {
  require(options.alpha >= 0, "[elu] alpha needs to be ≥ 0, got ", options.alpha);
  auto op = std::make_shared<Activation>("elu", dnnl::algorithm::eltwise_elu_use_dst_for_bwd, options.alpha, 0.0F,
                                         Activation::Needs::output, str_cat("α ", options.alpha));
  return x.graph->add(std::move(op), {x}, options.name)[0];
}

}  // namespace backflow
