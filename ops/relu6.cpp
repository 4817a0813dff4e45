#include <backflow/ops/relu6.h>

#include <backflow/ops/onednn/activation.h>

namespace backflow {

Value relu6(Value x, const std::string& name) {
  auto op = std::make_shared<Activation>("relu6", dnnl::algorithm::eltwise_clip_v2_use_dst_for_bwd, 0.0F, 6.0F,
                                         Activation::Needs::output);
  return x.graph->add(std::move(op), {x}, name)[0];
}

}  // namespace backflow
