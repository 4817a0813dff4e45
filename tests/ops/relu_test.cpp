#include <backflow/ops/relu.h>

#include <backflow/ops/linear.h>
#include "tests/support/narrow.h"
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct ReluReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    for (T& v : y.data)
      if (!(proof::real(v) > 0)) v = 0;
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(relu_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const Shape& s : {Shape{1}, Shape{3, 5}, Shape{2, 3, 5, 7}})
    proof::prove(
        "relu " + to_string(s), {{s}}, [](Graph&, const auto& v) { return relu(v[0]); }, ReluReference());
}

BOOST_AUTO_TEST_CASE(passes_the_same_elements_forward_and_back_in_many_tiles) {
  // Too many elements for a proof of each: both are known in closed form.
  const std::vector<proof::Input> inputs{{Shape{70, 1000}}};
  const auto values = proof::detail::make_values(inputs, {});
  auto cotangent = proof::detail::random_cotangent(inputs[0].shape);
  std::vector<double> y, dx;
  for (std::size_t i = 0; i < cotangent.size(); ++i) {
    y.push_back(std::max(values[0].data[i], 0.0));
    dx.push_back(values[0].data[i] > 0 ? cotangent[i] : 0);
  }
  for (int threads : {1, 2, 4, 8}) {
    const auto got = proof::detail::run(
        inputs, values, [](Graph&, const auto& v) { return relu(v[0]); }, cotangent, threads);
    proof::detail::compare("relu", got.y, y, 1e-6);
    proof::detail::compare("gradient of relu", got.gradients[0], dx, 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(has_gradient_zero_at_zero) {
  proof::prove(
      "relu at 0", {{{3}, false, true, 0, 1, {-1, 0, 1}}}, [](Graph&, const auto& v) { return relu(v[0]); },
      ReluReference());
}

BOOST_AUTO_TEST_CASE(computes_with_bf16, *needs_bf16()) {
  narrowness::prove("relu", {{3, 5, 7, 6}}, [](Graph&, const auto& v) { return relu(v[0]); });
}

BOOST_AUTO_TEST_SUITE_END()
