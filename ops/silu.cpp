#include <backflow/ops/silu.h>

#include <backflow/ops/onednn/activation.h>

namespace backflow {

Value silu(Value x, const std::string& name) {
  auto op = std::make_shared<Activation>("silu", dnnl::algorithm::eltwise_swish, 1.0F, 0.0F, Activation::Needs::input);
  return x.graph->add(std::move(op), {x}, name)[0];
}

}  // namespace backflow
