#include <backflow/ops/softplus.h>

#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Softplus {
  static constexpr bool from_output = false;
  float beta;
  static std::string kind() { return "softplus"; }
  std::string details() const { return str_cat("β ", beta); }
  OpOptions options() const { return {{"beta", {beta}}}; }
  float value(float x) const {
    const float z = beta * x;
    return ((z > 0 ? z : 0) + std::log1p(std::exp(-std::abs(z)))) / beta;
  }
  float gradient(float dy, float x) const { return dy / (1 + std::exp(-beta * x)); }
};

}  // namespace

Value softplus(Value x, const SoftplusOptions& options) {
  require(options.beta > 0, "[softplus] beta needs to be above 0, got ", options.beta);
  return x.graph->add(std::make_shared<ElementwiseFunction<Softplus>>(Softplus{options.beta}), {x}, options.name)[0];
}

}  // namespace backflow
