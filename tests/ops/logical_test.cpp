#include <backflow/ops/logical.h>

#include <backflow/ops/relu.h>
#include "tests/support/activation.h"
#include "tests/support/broadcast.h"
#include "tests/support/special_values.h"

using namespace backflow;

namespace {

using Connective = Value (*)(Value, Value, const std::string&);

/// Of whether a and b are positive.
template <Connective op>
Value of_signs(Value a, Value b, const std::string& name) {
  return op(relu(a), relu(b), name);
}

/// y for no, one and two positive values.
template <Connective op>
void prove_connective(const std::string& name, const std::array<double, 3>& y) {
  proof::prove_elementwise(name, of_signs<op>, [&](auto a, auto b) {
    return 0.0 * a + y[static_cast<std::size_t>((proof::real(a) > 0) + (proof::real(b) > 0))];
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(logical_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_zero) {
  prove_connective<logical_and>("logical_and", {0, 0, 1});
  prove_connective<logical_or>("logical_or", {0, 1, 1});
  prove_connective<logical_xor>("logical_xor", {0, 1, 0});
  proof::prove_activation(
      "logical_not", [](Value x) { return logical_not(relu(x)); },
      [](auto x) { return 0.0 * x + (proof::real(x) > 0 ? 0.0 : 1.0); });
}

BOOST_AUTO_TEST_CASE(takes_all_but_zero_for_true) {
  using proof::kNan;
  const std::vector<proof::Input> in{proof::row({0, 0, 1, -2, kNan, 1e-40}), proof::row({-0.0, 3, 0, 1, 0, 0})};
  proof::check_values("logical_and", in, [](Graph&, const auto& v) { return logical_and(v[0], v[1]); },
                      {0, 0, 0, 1, 0, 0});
  proof::check_values("logical_or", in, [](Graph&, const auto& v) { return logical_or(v[0], v[1]); },
                      {0, 1, 1, 1, 1, 1});
  proof::check_values("logical_xor", in, [](Graph&, const auto& v) { return logical_xor(v[0], v[1]); },
                      {0, 1, 1, 0, 1, 1});
  proof::check_values("logical_not", {in[0]}, [](Graph&, const auto& v) { return logical_not(v[0]); },
                      {1, 1, 0, 0, 0, 0});
}

BOOST_AUTO_TEST_SUITE_END()
