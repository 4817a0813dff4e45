#include <backflow/ops/relu.h>

#include <backflow/ops/onednn/activation.h>

namespace backflow {

Value relu(Value x, const std::string& name) {
  auto op = std::make_shared<Activation>("relu", dnnl::algorithm::eltwise_relu_use_dst_for_bwd, 0.0F, 0.0F,
                                         Activation::Needs::output);
  return x.graph->add(std::move(op), {x}, name)[0];
}

}  // namespace backflow
