#include <backflow/ops/mish.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

/// A loop of our own: oneDNN 2.6's eltwise_mish is zero below x = −20, where y still has all its digits.
struct Mish {
  static constexpr bool from_output = false;
  static std::string kind() { return "mish"; }
  float value(float x) const { return x * Tangent(x).value(); }
  float gradient(float dy, float x) const {
    const Tangent t(x);
    return dy * (t.value() + x * t.slope());
  }

 private:
  /// tanh(log(1 + exp(x))) as a ratio of polynomials of exp(−|x|), which neither overflow nor cancel.
  struct Tangent {
    explicit Tangent(float x) : e(std::exp(-std::abs(x))), below(x < 0) {}
    float numerator() const { return below ? e * (e + 2) : 1 + 2 * e; }
    float rest() const { return below ? 2 : 2 * e * e; }
    float value() const { return numerator() / (numerator() + rest()); }
    float slope() const {
      const float denominator = numerator() + rest(), logistic = (below ? e : 1) / (1 + e);
      return rest() / denominator * (1 + value()) * logistic;
    }
    float e;
    bool below;
  };
};

}  // namespace

Value mish(Value x, const std::string& name) {
  return x.graph->add(std::make_shared<ElementwiseFunction<Mish>>(), {x}, name)[0];
}

}  // namespace backflow
