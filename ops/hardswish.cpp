#include <backflow/ops/hardswish.h>

#include <backflow/ops/onednn/activation.h>

namespace backflow {

Value hardswish(Value x, const std::string& name) {
  // oneDNN 3 takes the two constants; 2 has them built in and ignores these.
  auto op = std::make_shared<Activation>("hardswish", dnnl::algorithm::eltwise_hardswish, 1.0F / 6, 0.5F,
                                         Activation::Needs::input);
  return x.graph->add(std::move(op), {x}, name)[0];
}

}  // namespace backflow
