#include <backflow/ops/trigonometric.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(trigonometric_)

BOOST_AUTO_TEST_CASE(sin_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "sin", [](Value x) { return sin(x); }, [](auto x) { return std::sin(x); }, {-30, -1, 0, 1, 30});
}

BOOST_AUTO_TEST_CASE(cos_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "cos", [](Value x) { return cos(x); }, [](auto x) { return std::cos(x); }, {-30, -1, 0, 1, 30});
}

BOOST_AUTO_TEST_CASE(tan_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "tan", [](Value x) { return tan(x); }, [](auto x) { return std::tan(x); }, {-1.5, -1, 0, 1, 1.5}, {0, 0.25});
}

BOOST_AUTO_TEST_CASE(asin_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "asin", [](Value x) { return asin(x); }, [](auto x) { return std::asin(x); },
      {-0.9990234375, -1e-6, 0, 0.5, 0.9990234375}, {0, 0.15});
}

BOOST_AUTO_TEST_CASE(acos_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "acos", [](Value x) { return acos(x); }, [](auto x) { return std::acos(x); },
      {-0.9990234375, -1e-6, 0, 0.5, 0.9990234375}, {0, 0.15});
}

BOOST_AUTO_TEST_CASE(atan_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "atan", [](Value x) { return atan(x); }, [](auto x) { return std::atan(x); }, {-30, -1, 0, 1, 30});
}

BOOST_AUTO_TEST_CASE(sinh_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "sinh", [](Value x) { return sinh(x); }, [](auto x) { return std::sinh(x); }, {-10, -1e-6, 0, 1, 10});
}

BOOST_AUTO_TEST_CASE(cosh_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "cosh", [](Value x) { return cosh(x); }, [](auto x) { return std::cosh(x); }, {-10, -1, 0, 1, 10});
}

BOOST_AUTO_TEST_CASE(asinh_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "asinh", [](Value x) { return asinh(x); }, [](auto x) { return std::asinh(x); }, {-30, -1e-6, 0, 1, 1e10});
}

BOOST_AUTO_TEST_CASE(acosh_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "acosh", [](Value x) { return acosh(x); }, [](auto x) { return std::acosh(x); }, {1.0009765625, 2, 30, 1e10},
      {4, 0.5});
}

BOOST_AUTO_TEST_CASE(atanh_agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "atanh", [](Value x) { return atanh(x); }, [](auto x) { return std::atanh(x); },
      {-0.9990234375, -1e-6, 0, 0.5, 0.9990234375}, {0, 0.15});
}

BOOST_AUTO_TEST_CASE(is_nan_outside_the_domain_and_steep_at_its_ends) {
  using proof::kInf, proof::kNan;
  const auto check = [](const proof::ActivationBuilder& op, const std::vector<double>& x, const std::vector<double>& y,
                        const std::vector<double>& gradient) {
    proof::check_values("trigonometric", {proof::row(x)}, [&](Graph&, const auto& v) { return op(v[0]); }, y,
                        {gradient});
  };
  const double pi = std::acos(-1.0);
  check([](Value x) { return sin(x); }, {kInf, kNan}, {kNan, kNan}, {kNan, kNan});
  check([](Value x) { return asin(x); }, {1, 2, kNan}, {pi / 2, kNan, kNan}, {kInf, kNan, kNan});
  check([](Value x) { return acos(x); }, {-1, 2, kNan}, {pi, kNan, kNan}, {-kInf, kNan, kNan});
  check([](Value x) { return atan(x); }, {kInf, kNan}, {pi / 2, kNan}, {0, kNan});
  check([](Value x) { return asinh(x); }, {1e30, kInf, kNan}, {std::asinh(1e30), kInf, kNan}, {1e-30, 0, kNan});
  check([](Value x) { return acosh(x); }, {1, 0.5, 1e30, kNan}, {0, kNan, std::acosh(1e30), kNan},
        {kInf, kNan, 1e-30, kNan});
  check([](Value x) { return atanh(x); }, {1, -1, kNan}, {kInf, -kInf, kNan}, {kInf, kInf, kNan});
}

BOOST_AUTO_TEST_SUITE_END()
