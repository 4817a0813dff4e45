#include <backflow/ops/prelu.h>

#include "tests/support/broadcast.h"
#include "tests/support/special_values.h"

using namespace backflow;

namespace {

void prove_prelu(const Shape& x, const Shape& slope, bool differentiate = true) {
  const auto f = [](auto value, auto factor) { return proof::real(value) > 0 ? value : factor * value; };
  proof::prove(str_cat("prelu ", to_string(x), " ", to_string(slope)),
               {{x, false, differentiate}, {slope, false, differentiate}},
               [](Graph&, const auto& v) { return prelu(v[0], v[1]); }, proof::ElementwiseReference<decltype(f)>{f},
               {.reduction = elements(x) / elements(slope)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prelu_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_both_gradients) {
  const Shape image{2, 3, 4, 5};
  for (const Shape& slope : {Shape{}, Shape{1}, Shape{5}, Shape{3, 1, 1}, Shape{1, 3, 1, 1}, image})
    prove_prelu(image, slope);
  prove_prelu({3, 5}, {5});
  prove_prelu({}, {});
  prove_prelu({300, 401}, {401}, false);
  prove_prelu({300, 401}, {}, false);
}

BOOST_AUTO_TEST_CASE(has_the_slope_for_gradient_at_zero_and_keeps_nan) {
  using proof::kNan;
  proof::check_values("prelu", {proof::row({0, 2, -4, kNan}), proof::row({0.5})},
                      [](Graph&, const auto& v) { return prelu(v[0], v[1]); }, {0, 2, -2, kNan},
                      {{0.5, 1, 0.5, 0.5}, {kNan}});
}

BOOST_AUTO_TEST_CASE(refuses_slopes_of_another_shape) {
  Graph g;
  const Value x = g.input("x", {{1, 3}});
  CHECK_FAILS(prelu(x, g.input("s", {{4}})), "[prelu] shapes [1, 3] and [4] do not fit");
  CHECK_FAILS(prelu(x, g.input("t", {{2, 3}})),
              "[prelu] slopes of shape [2, 3] cannot be repeated to the input's shape [1, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
