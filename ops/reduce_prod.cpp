#include <backflow/ops/reduce_prod.h>

#include <backflow/ops/detail/reduction.h>
#include <backflow/ops/logical.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

struct NonzeroProduct {
  static constexpr float start = 1;
  static std::string kind() { return "nonzero_product"; }
  static float of(float y, float x) { return x == 0 ? y : y * x; }
  static void gradient(Backward& b) { b.refuse(0); }
};

/// The product of the other elements, from x, the product of those that are not zero, and the number of zeros.
struct ProductOfOthers {
  static constexpr bool keeps_denormals = true;
  static std::string kind() { return "product_of_others"; }
  static float of(float x, float product, float zeros) {
    if (zeros == 0) return product / x;
    return zeros == 1 && x == 0 ? product : 0 * product;  // NaN stays NaN
  }
  static void gradient(Backward& b) {
    for (std::size_t i : {0, 1, 2}) b.refuse(i);
  }
};

struct ReduceProd {
  static constexpr float start = 1;
  static std::string kind() { return "reduce_prod"; }
  static float of(float y, float x) { return y * x; }
  static void gradient(Backward& b) {
    const Value x = b.input(0);
    const Shape& kept = b.output(0).shape();
    const Value others =
        elementwise<ProductOfOthers>(x, reduce_to<NonzeroProduct>(x, kept), sum_to(logical_not(x), kept));
    b.set(0, multiply(b.grad_output(), others));
  }
};

}  // namespace

Value reduce_prod(Value x, const ReduceOptions& options) {
  return reduced("reduce_prod", x, options,
                 [&](const Shape& kept) { return reduce_to<ReduceProd>(x, kept, options.name); });
}

}  // namespace backflow
