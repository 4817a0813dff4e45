#include <backflow/ops/gelu.h>

#include <backflow/ops/onednn/activation.h>

namespace backflow {

Value gelu(Value x, const GeluOptions& options) {
  const auto algorithm = options.tanh ? dnnl::algorithm::eltwise_gelu_tanh : dnnl::algorithm::eltwise_gelu_erf;
  auto op = std::make_shared<Activation>("gelu", algorithm, 0.0F, 0.0F, Activation::Needs::input,
                                         options.tanh ? "tanh" : "erf");
  return x.graph->add(std::move(op), {x}, options.name)[0];
}

}  // namespace backflow
