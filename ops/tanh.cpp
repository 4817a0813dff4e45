#include <backflow/ops/tanh.h>

#include <backflow/ops/onednn/activation.h>

namespace backflow {

Value tanh(Value x, const std::string& name) {
  auto op = std::make_shared<Activation>("tanh", dnnl::algorithm::eltwise_tanh_use_dst_for_bwd, 0.0F, 0.0F,
                                         Activation::Needs::output);
  return x.graph->add(std::move(op), {x}, name)[0];
}

}  // namespace backflow
