#include <backflow/ops/sigmoid.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

// Not oneDNN's: that one rounds 1 − σ(−x), so it reaches 1 at x = 17.3; PyTorch does at 16.6, and binary cross-entropy
// has a cliff there.
struct Sigmoid {
  static constexpr bool from_output = true;
  static std::string kind() { return "sigmoid"; }
  static float value(float x) { return 1 / (1 + std::exp(-x)); }
  static float gradient(float dy, float y) { return dy * (1 - y) * y; }
};

}  // namespace

Value sigmoid(Value x, const std::string& name) {
  return x.graph->add(std::make_shared<ElementwiseFunction<Sigmoid>>(), {x}, name)[0];
}

}  // namespace backflow
