#include <backflow/ops/scaled_relu.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct ScaledRelu {
  static constexpr bool from_output = true;
  static constexpr bool rectifier = true;
  float scale;
  static std::string kind() { return "scaled_relu"; }
  std::string details() const { return str_cat("× ", scale); }
  float value(float x) const { return x <= 0 ? 0 : scale * x; }
  float gradient(float dy, float y) const { return y > 0 ? scale * dy : 0; }
};

}  // namespace

Value scaled_relu(Value x, const ScaledReluOptions& options) {
  require(options.scale > 0, "[scaled_relu] scale needs to be above 0, got ", options.scale);
  return x.graph->add(std::make_shared<ElementwiseFunction<ScaledRelu>>(ScaledRelu{options.scale}), {x},
                      options.name)[0];
}

}  // namespace backflow
